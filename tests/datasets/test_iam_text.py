"""From IAM's tokens to the text that was written."""
import pytest

from ocr.datasets.iam_text import QuoteState, natural_line


def read(*lines):
    state, texts = QuoteState(), []
    for line in lines:
        natural = natural_line(line.split("|"), state)
        text, state = natural.text, natural.state
        texts.append(text)
    return texts


@pytest.mark.parametrize("tokens, expected", [
    ("Griffiths|,|M P|for|Manchester|Exchange|.", "Griffiths, MP for Manchester Exchange."),
    ("meeting|of|Labour|M Ps|tomorrow|.|Mr.|Michael", "meeting of Labour MPs tomorrow. Mr. Michael"),
    ("0M P|for|Manchester|Exchange|.", "0MP for Manchester Exchange."),
    ("the|B B C|,|T V|and|B B C's|A T V's|C O|.", "the BBC, TV and BBC's ATV's CO."),
    ("turn|down|the|Foot-Griffiths|resolution|.|Mr.", "turn down the Foot-Griffiths resolution. Mr."),
    ("to|the|Govern-", "to the Govern-"),
    ("Party|(|280,000|members|)|and|Mr.|Nkumbula's", "Party (280,000 members) and Mr. Nkumbula's"),
    ("(|Cons.|,|Sunderland|)|:|no|;|yes|!|Eh|?", "(Cons., Sunderland): no; yes! Eh?"),
    ("Nobody|'s|sure|I|'m|right|,|he|'ll|say|they|'ve|said|you|'re|off|,|he|'d|do|n't",
     "Nobody's sure I'm right, he'll say they've said you're off, he'd don't"),
    ("the|'30s|and|'61|,|o'clock", "the '30s and '61, o'clock"),
    ("um-chink|...|it|went|.|...", "um-chink... it went...."),
    ("next|week|-|this|wicked|,|old|-|.", "next week - this wicked, old -."),
    ("a|#|word|2pianna|ro*?5le|Bru\"cke", "a # word 2pianna ro*?5le Bru\"cke"),
    ("2|1/2|in.|by|3/4|in.", "2 1/2 in. by 3/4 in."),
    ("|Lone||word|", "Lone word"),
    ("cafe\u0301", "café"),
])
def test_one_line(tokens, expected):
    assert read(tokens) == [expected]


def test_quotes_alternate_over_line_ends():
    assert read("which|would|appear|to|\"|prop", "up|\"|an|\"|out-dated|\"|,|he|said", "and|\"|left|.|\"") == \
        ["which would appear to \"prop", "up\" an \"out-dated\", he said", "and \"left.\""]


def test_two_marks_in_a_row():
    assert read("he|is|\"|unsatisfac-", "tory|.|\"|\"|African|delegates") == \
        ["he is \"unsatisfac-", "tory.\" \"African delegates"]
    assert read("regarded|with|\"|growing|anger|\"|the|\"|gross", "and|unconstitutional|\"|interference") == \
        ["regarded with \"growing anger\" the \"gross", "and unconstitutional\" interference"]


def test_single_quotes_count_for_themselves():
    assert read("he|says|:|\"|It|was|'|a|good", "beginning|.|'|\"|Mr.|Krushchov") == \
        ["he says: \"It was 'a good", "beginning.'\" Mr. Krushchov"]


def test_a_missing_mark_is_corrected_at_line_ends():
    # the closing mark after "first" was never written; the count is set right at the next line's start and end
    assert read("\"|first", "\"|second|\"", "then|\"|third|\"") == ["\"first", "\"second\"", "then \"third\""]
    assert read("a|panel|doctor|.|\"", "I|am|\"|here|\"") == ["a panel doctor.\"", "I am \"here\""]


def test_tags_overrule_the_count():
    tokens = "a|panel|doctor|.|\"|I|am".split("|")
    assert natural_line(tokens, QuoteState(frozenset('"'))).text == "a panel doctor.\" I am"
    line = natural_line(tokens, QuoteState(frozenset('"')), {4: "*'"})
    assert line.text == "a panel doctor. \"I am" and line.state == QuoteState(frozenset('"'))
    assert natural_line(tokens, QuoteState(), {4: "**'"}).state == QuoteState()


def test_words_know_their_tokens():
    line = natural_line(["(", "280,000", "members", ")", "", "M Ps", "."])
    assert line.words == ("(280,000", "members)", "MPs.")
    assert line.tokens == ((0, 1), (2, 3), (5, 6))
    assert natural_line([]).text == ""

"""Synthetic text of kinds that are rare in running text: dates, prices, measures, times, counts, references and abbreviations.

The forms are those of letters, registers, bills and addresses in English, French, German, Spanish and Vietnamese.
"""
from __future__ import annotations

from typing import Callable, List, Sequence, Tuple

import numpy as np

_MONTHS = ("January February March April May June July August September October November December "
           "Jan. Feb. Apr. Aug. Sept. Oct. Nov. Dec. "
           "janvier février mars avril mai juin juillet août septembre octobre novembre décembre 7bre 8bre 9bre Xbre "
           "Januar Februar März Juni Juli Oktober Dezember enero febrero marzo abril mayo junio julio agosto").split()
_UNITS = "kg g lb oz. m cm km ft in. l ha % °C h min s fr. F c. £ $ € DM pts".split()
_TITLES = "Mr. Mrs. Dr. St. M. Mme Mlle MM. Me Hr. Fr. Sr. Sra. Sgt. Capt. Prof. Rev. Hon. No Nº n° art. p. pp. vol. fol. etc.".split()
_NAMES = "Smith Dupont Martin Müller García Nguyễn Brown Lefèvre Roux Jones Schmidt Moreau Adams Petit Weber López Girard".split()
_STREETS = ("High Street", "Church Road", "rue de la Paix", "bd Voltaire", "avenue du Roi", "place Bellecour", "Hauptstraße",
            "Kirchgasse", "calle Mayor", "đường Trần Phú", "Park Lane", "quai Nord")


def number_text(rng: np.random.Generator) -> str:
    """Return a text of one to four such expressions, such as "12 mai 1898, £3 10s. 6d.".

    Parameters
    ----------
    rng : source of all randomness.

    Returns
    -------
    About 60 characters at most, in NFC.
    """
    separator = str(rng.choice([" ", ", ", " - ", "; ", " / "], p=[0.4, 0.3, 0.12, 0.1, 0.08]))
    parts: List[str] = []
    for _ in range(int(rng.integers(1, 5))):
        part = _KINDS[int(rng.integers(len(_KINDS)))](rng)
        if parts and len(separator.join([*parts, part])) > 60:
            break
        parts.append(part)
    return separator.join(parts)


def _choose(rng: np.random.Generator, values: Sequence[str]) -> str:
    return values[int(rng.integers(len(values)))]


def _between(rng: np.random.Generator, low: int, high: int) -> int:
    return int(rng.integers(low, high + 1))


def _count(rng: np.random.Generator) -> int:
    """Return a whole number of at most one to six digits, each maximum with equal probability."""
    return _between(rng, 0, 10 ** _between(rng, 1, 6) - 1)


def _grouped(rng: np.random.Generator) -> str:
    return f"{_count(rng):,}".replace(",", _choose(rng, (",", ".", " ", "'")))


def _year(rng: np.random.Generator) -> str:
    return str(_between(rng, 1650, 2030))


def _date(rng: np.random.Generator) -> str:
    day, month, year = _between(rng, 1, 31), _between(rng, 1, 12), _year(rng)
    mark = _choose(rng, ("/", ".", "-", ". "))
    ordinal = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}.get(day, "th")
    return _choose(rng, (f"{day}{mark}{month}{mark}{year}", f"{day:02}/{month:02}/{year[2:]}", f"{day} {_choose(rng, _MONTHS)} {year}",
                         f"{_choose(rng, _MONTHS)} {day}{ordinal}, {year}", f"{day}. {_choose(rng, _MONTHS)}",
                         f"le {day} {_choose(rng, _MONTHS)}",
                         f"{year}-{month:02}-{day:02}", f"{_choose(rng, _MONTHS)} {year}"))


def _price(rng: np.random.Generator) -> str:
    whole, cents = _grouped(rng), f"{_between(rng, 0, 99):02}"
    return _choose(rng, (f"${whole}.{cents}", f"£{whole}.{cents}", f"{whole},{cents} €", f"{whole} fr. {cents}", f"{whole} F",
                         f"£{whole} {_between(rng, 0, 19)}s. {_between(rng, 0, 11)}d.", f"{_between(rng, 0, 99)} c.",
                         f"{_between(rng, 1, 19)}/{_between(rng, 0, 11)}", f"{whole}.-"))


def _measure(rng: np.random.Generator) -> str:
    number = _choose(rng, (str(_count(rng)), f"{_between(rng, 0, 999)}{_choose(rng, ('.', ','))}{_between(rng, 0, 99)}",
                           f"{_between(rng, 0, 20)}{_choose(rng, ('½', '¼', '¾', ' 1/2', ' 3/4'))}"))
    return f"{number}{_choose(rng, (' ', ''))}{_choose(rng, _UNITS)}"


def _time(rng: np.random.Generator) -> str:
    hour, minute = _between(rng, 0, 23), f"{_between(rng, 0, 59):02}"
    return _choose(rng, (f"{hour}:{minute}", f"{hour}h{minute}", f"{hour} h {minute}",
                         f"{hour % 12 + 1}.{minute} {_choose(rng, ('a.m.', 'p.m.', 'pm'))}",
                         f"{hour} Uhr {minute}"))


def _reference(rng: np.random.Generator) -> str:
    letters = "".join(chr(_between(rng, 65, 90)) for _ in range(_between(rng, 1, 3)))
    return _choose(rng, (f"{_choose(rng, ('No', 'Nº', 'n°', 'No.', '#', '§', 'p.', 'fol.', 'art.'))} {_count(rng)}",
                         f"{letters}-{_count(rng)}",
                         f"{letters} {_count(rng)}/{_between(rng, 1, 99)}", f"({_count(rng)})", f"[{_between(rng, 1, 99)}]",
                         f"{_count(rng)}{chr(_between(rng, 97, 102))}", f"{_between(rng, 1, 39)}e",
                         f"{_between(rng, 1, 20)}o", "1er", "2nd"))


def _telephone(rng: np.random.Generator) -> str:
    pairs = [f"{_between(rng, 0, 99):02}" for _ in range(5)]
    return _choose(rng, (_choose(rng, (" ", ".", "-")).join(pairs), f"+{_between(rng, 1, 99)} {''.join(pairs)[:9]}",
                         f"({pairs[0]}{pairs[1]}) {''.join(pairs[2:])}"))


def _sum(rng: np.random.Generator) -> str:
    first, second = _between(rng, 0, 999), _between(rng, 0, 999)
    return _choose(rng, (f"{first} + {second} = {first + second}", f"{first} x {second % 20}", f"{first} × {second}",
                         f"{first + second} - {second} = {first}",
                         f"{_between(rng, 1, 100)} %", f"{first}:{second}", f"< {first}", f"> {first}", f"{first}-{first + second % 60}"))


def _person(rng: np.random.Generator) -> str:
    initial = chr(_between(rng, 65, 90))
    return _choose(rng, (f"{_choose(rng, _TITLES)} {_choose(rng, _NAMES)}",
                         f"{initial}. {chr(_between(rng, 65, 90))}. {_choose(rng, _NAMES)}",
                         f"{_choose(rng, _NAMES).upper()}, {initial}.", f"{_choose(rng, _NAMES)} & Co."))


def _address(rng: np.random.Generator) -> str:
    return _choose(rng, (f"{_between(rng, 1, 400)} {_choose(rng, _STREETS)}", f"{_choose(rng, _STREETS)} {_between(rng, 1, 400)}",
                         f"{_between(rng, 1, 99999):05}",
                         f"{_between(rng, 1, 200)}/{_between(rng, 1, 50)}", f"{_between(rng, 1, 60)} bis", f"{_between(rng, 1, 60)} ter"))


def _plain(rng: np.random.Generator) -> str:
    return _choose(rng, (str(_count(rng)), _grouped(rng), _year(rng), " ".join(str(_between(rng, 0, 99)) for _ in range(4))))


_KINDS: Tuple[Callable[[np.random.Generator], str], ...] = (
    _date, _date, _price, _price, _measure, _time, _reference, _telephone, _sum, _person, _address, _plain, _plain)

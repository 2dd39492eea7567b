// Page pixels turned upright; sizes are [height, width], as in the page's JSON.

/** Return the size [height, width] of a page that has been turned upright. */
export const uprightSize = ({ size, orientation }) => (orientation % 2 ? [size[1], size[0]] : size);

/** Return the SVG matrix that turns page pixels upright: orientation counts clockwise quarter turns. */
export function uprightMatrix({ size: [height, width], orientation }) {
  return [
    [1, 0, 0, 1, 0, 0],
    [0, 1, -1, 0, height, 0],
    [-1, 0, 0, -1, width, height],
    [0, -1, 1, 0, 0, width],
  ][orientation % 4];
}

/** Return the box {x, y, width, height} of a polygon after the page has been turned upright. */
export function uprightBox(page, polygon) {
  const [a, b, c, d, e, f] = uprightMatrix(page);
  const xs = polygon.map(([x, y]) => a * x + c * y + e);
  const ys = polygon.map(([x, y]) => b * x + d * y + f);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

/** Keep a number within limits. */
export const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

// Small graphs over the last minutes, from what the counters tell each second. Nothing is asked for that was before the page was opened.

const windowMs = 5 * 60 * 1000;
const shortestMs = 30 * 1000;
const longestGapMs = 5000;
const width = 300;
const height = 24;
const svg = 'http://www.w3.org/2000/svg';

/** What was seen of a destination: its requests a second, latency and requests in flight. */
export class History {
  #points = [];
  #last;

  add({ requests, latencyMs, inFlight }, now) {
    const before = this.#last;
    this.#last = { requests, now };
    const elapsed = before ? now - before.now : 0;
    // The first time, and after a time in which nobody looked, there is no telling how many there were in a second.
    const rate = elapsed > 0 && elapsed <= longestGapMs && requests >= before.requests ? 1000 * (requests - before.requests) / elapsed : null;
    this.#points.push({ now, rate, latency: latencyMs, inFlight });
    this.#points = this.#points.filter(point => now - point.now <= windowMs);
  }

  get rate() {
    return this.#points.at(-1)?.rate ?? null;
  }

  /** The points of one value, from the oldest, each with its age. */
  series(of) {
    const now = this.#points.at(-1)?.now;
    return this.#points.filter(point => point[of] !== null).map(point => ({ age: now - point.now, value: point[of] }));
  }
}

/** A line over the last minutes; for who does not see it, what is the least, the most and the last of it. */
export class Graph {
  #line = document.createElementNS(svg, 'path');

  constructor(what) {
    this.what = what;
    this.element = document.createElementNS(svg, 'svg');
    this.element.setAttribute('class', 'graph');
    this.element.setAttribute('role', 'img');
    this.element.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.element.setAttribute('preserveAspectRatio', 'none');
    this.element.setAttribute('aria-label', `${what}: nothing seen yet`);
    this.element.append(this.#line);
  }

  draw(points) {
    if (points.length === 0) {
      return;
    }
    const values = points.map(point => point.value);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    // As wide as there is something to show.
    const span = Math.max(shortestMs, points[0].age);
    const x = age => (width * (1 - age / span)).toFixed(1);
    const y = value => (height - 1 - (height - 2) * value / (most || 1)).toFixed(1);
    const parts = points.map(({ age, value }, i) => `${i === 0 || points[i - 1].age - age > longestGapMs ? 'M' : 'L'}${x(age)} ${y(value)}`);
    this.#line.setAttribute('d', parts.join(''));
    this.element.setAttribute('aria-label', `${this.what} over the last minutes: ${round(least)} to ${round(most)}, now ${round(values.at(-1))}`);
  }
}

/** A number as short as it can be told. */
export function round(value) {
  return value === null ? '-' : value < 10 ? String(Math.round(10 * value) / 10) : String(Math.round(value));
}

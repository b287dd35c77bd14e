// A destination as a row of the table: its texts, its graphs, and its commands. Whatever comes from outside is set as text, never as markup.

import { Graph, History, round } from './graphs.js';

export function stateOf({ state, ejectedUntil, ejectionReason, breaker, breakerUntil, breakerReason, source, leavesAt, removed }) {
  if (leavesAt) {
    return `${state}, ${removed ? 'removed by the operator, gone' : `no longer found by ${source}, removed`} at ${new Date(leavesAt).toLocaleTimeString()}`;
  }

  if (breaker === 'Open') {
    return `${state}, circuit breaker open until ${new Date(breakerUntil).toLocaleTimeString()} (${breakerReason})`;
  }

  if (breaker === 'HalfOpen') {
    return `${state}, circuit breaker half-open (${breakerReason})`;
  }

  return ejectedUntil ? `${state}, ejected until ${new Date(ejectedUntil).toLocaleTimeString()} (${ejectionReason})` : state;
}

// What a cluster as a whole has refused or holds back; nothing where there is none of it.
export function refusalsOf({ retriesRefused, shed, waiting }) {
  return [[retriesRefused, 'retries refused by the budget'], [shed, 'requests shed'], [waiting, 'requests waiting']]
    .filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`).join(', ');
}

const number = () => 'number';

export function healthOf({ health, reason }) {
  return reason ? `${health} (${reason})` : health;
}

function placeOf({ address, source, zone }) {
  const about = [source, zone && `zone ${zone}`].filter(Boolean).join(', ');
  return about ? `${address} (${about})` : address;
}

// The columns: the text of a cell, its class, and what is drawn beside the text. The one without a text is that of the weight, which has a field.
const columns = [
  [destination => destination.name],
  [placeOf],
  [destination => destination.priority, number],
  [],
  [healthOf, destination => ({ Healthy: 'good', Unhealthy: 'bad' })[destination.health]],
  [destination => new Date(destination.since).toLocaleTimeString()],
  [stateOf, destination => destination.state === 'Active' && !destination.ejectedUntil && !destination.leavesAt && (destination.breaker ?? 'Closed') === 'Closed' ? '' : 'bad'],
  [destination => destination.inFlight, number, { of: 'inFlight', what: 'Requests in flight' }],
  [(_, history) => round(history.rate), number, { of: 'rate', what: 'Requests a second' }],
  [destination => destination.latencyMs.toFixed(1), number, { of: 'latency', what: 'Latency in milliseconds' }],
  [destination => destination.requests, number],
  [destination => destination.failures, number],
];

// Stays in its place while its texts change: whoever is about to press its button, or has selected a text, is not disturbed.
export class Row {
  constructor(cluster, destination, change) {
    this.history = historyOf(cluster, destination);
    this.element = document.createElement('tr');
    this.element.setAttribute('role', 'row');
    const headings = [...document.getElementById('cluster').content.querySelectorAll('th')].map(heading => heading.textContent);
    this.cells = columns.map((_, i) => cellOf(headings[i]));
    this.texts = this.cells.map(cell => cell.appendChild(document.createElement('span')));
    this.graphs = columns.map(([, , drawn]) => drawn && new Graph(`${drawn.what} of ${destination.name}`));
    this.graphs.forEach((graph, i) => graph && this.cells[i].append(graph.element));
    this.weight = weightField();
    this.weight.addEventListener('change', () => this.weight.reportValidity() && change(cluster, this.destination.name, { weight: this.weight.value === '' ? null : Number(this.weight.value) }));
    this.weight.addEventListener('blur', () => this.show({}));
    const cell = this.cells[columns.findIndex(([text]) => !text)];
    cell.className = 'number';
    cell.append(this.weight);
    this.button = button('', () => change(cluster, this.destination.name, { state: this.wanted }));
    this.down = button('Down', () => change(cluster, this.destination.name, { state: 'down' }));
    this.readmit = button('End ejection', () => change(cluster, this.destination.name, { ejected: false }));
    this.close = button('Close breaker', () => change(cluster, this.destination.name, { breaker: 'closed' }));
    const act = cellOf('Commands');
    act.append(this.button, ' ', this.down, ' ', this.readmit, ' ', this.close);
    this.element.append(...this.cells, act);
    this.show(destination);
  }

  get wanted() {
    return this.destination.state === 'Active' ? 'draining' : 'active';
  }

  show(news) {
    this.destination = { ...this.destination, ...news };
    columns.forEach(([text, className = () => ''], i) => {
      if (text) {
        setText(this.texts[i], String(text(this.destination, this.history)));
        this.cells[i].className = className(this.destination) ?? '';
      }
    });
    // Not while someone types a new one.
    if (document.activeElement !== this.weight) {
      this.weight.value = this.destination.weight;
    }
    this.weight.classList.toggle('set', this.destination.operatorWeight !== null);
    this.weight.setAttribute('aria-label', `Weight of ${this.destination.name}`);
    setText(this.button, this.wanted === 'active' ? 'Resume' : 'Drain');
    this.down.hidden = this.destination.state === 'Down';
    this.down.setAttribute('aria-label', `Take ${this.destination.name} down`);
    this.readmit.hidden = !this.destination.ejectedUntil;
    this.readmit.setAttribute('aria-label', `End ejection of ${this.destination.name}`);
    this.close.hidden = (this.destination.breaker ?? 'Closed') === 'Closed';
    this.close.setAttribute('aria-label', `Close the circuit breaker of ${this.destination.name}`);
    this.button.setAttribute('aria-label', `${this.button.textContent} ${this.destination.name}`);
  }

  count(counters) {
    this.history.add(counters, Date.now());
    this.show(counters);
    this.graphs.forEach((graph, i) => graph?.draw(this.history.series(columns[i][2].of)));
  }
}

// Longer than the rows, which are made anew with every state.
const histories = new Map();

function historyOf(cluster, { address }) {
  const key = JSON.stringify([cluster, address]);
  if (!histories.has(key)) {
    histories.set(key, new History());
  }
  return histories.get(key);
}

function cellOf(heading) {
  const cell = document.createElement('td');
  cell.setAttribute('role', 'cell');
  cell.dataset.column = heading;
  return cell;
}

function button(text, act) {
  const made = Object.assign(document.createElement('button'), { type: 'button', textContent: text });
  made.addEventListener('click', act);
  return made;
}

function weightField() {
  return Object.assign(document.createElement('input'), { type: 'number', min: 0, max: 1000, step: 1, title: '0 for no new requests; empty for the weight of the configuration' });
}

export function setText(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

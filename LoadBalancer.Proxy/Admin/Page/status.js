// Shows what the API tells, as it tells it. Whatever comes from outside is set as text, never as markup.

import { events } from './events.js';
import { explain } from './explain.js';

const silenceMs = 5000;
const pauseMs = { first: 1000, last: 10000 };
const tokenKey = 'LoadBalancer.Admin.Token';
const element = id => document.getElementById(id);

function call(path, options = {}) {
  const token = sessionStorage.getItem(tokenKey);
  const headers = token ? { ...options.headers, Authorization: `Bearer ${token}` } : options.headers;
  return fetch(path, { signal: AbortSignal.timeout(silenceMs), ...options, headers, cache: 'no-store' });
}

function say(text, stale) {
  element('said').textContent = text;
  element('clusters').classList.toggle('stale', stale);
}

function stateOf({ state, ejectedUntil, ejectionReason, breaker, breakerUntil, breakerReason, source, leavesAt }) {
  if (leavesAt) {
    return `${state}, no longer found by ${source}, removed at ${new Date(leavesAt).toLocaleTimeString()}`;
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
function refusalsOf({ retriesRefused, shed, waiting }) {
  return [[retriesRefused, 'retries refused by the budget'], [shed, 'requests shed'], [waiting, 'requests waiting']]
    .filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`).join(', ');
}

// The columns: the text of a cell, and its class. The one without is that of the weight, which has a field.
const columns = [
  [destination => destination.name],
  [destination => destination.source ? `${destination.address} (${destination.source})` : destination.address],
  [destination => destination.priority, () => 'number'],
  [],
  [destination => `${destination.health} (${destination.reason})`, destination => ({ Healthy: 'good', Unhealthy: 'bad' })[destination.health]],
  [destination => new Date(destination.since).toLocaleTimeString()],
  [stateOf, destination => destination.state === 'Active' && !destination.ejectedUntil && !destination.leavesAt && (destination.breaker ?? 'Closed') === 'Closed' ? '' : 'bad'],
  [destination => destination.inFlight, () => 'number'],
  [destination => destination.requests, () => 'number'],
  [destination => destination.failures, () => 'number'],
  [destination => destination.latencyMs.toFixed(1), () => 'number'],
];

// Stays in its place while its texts change: whoever is about to press its button, or has selected a text, is not disturbed.
class Row {
  constructor(cluster, destination) {
    this.element = document.createElement('tr');
    this.cells = columns.map(() => document.createElement('td'));
    this.weight = weightField();
    this.weight.addEventListener('change', () => this.weight.reportValidity() && change(cluster, this.destination.name, { weight: this.weight.value === '' ? null : Number(this.weight.value) }));
    this.weight.addEventListener('blur', () => this.show({}));
    const cell = this.cells[columns.findIndex(([text]) => !text)];
    cell.className = 'number';
    cell.append(this.weight);
    this.button = document.createElement('button');
    this.button.addEventListener('click', () => change(cluster, this.destination.name, { state: this.wanted }));
    this.readmit = document.createElement('button');
    this.readmit.textContent = 'End ejection';
    this.readmit.addEventListener('click', () => change(cluster, this.destination.name, { ejected: false }));
    this.close = document.createElement('button');
    this.close.textContent = 'Close breaker';
    this.close.addEventListener('click', () => change(cluster, this.destination.name, { breaker: 'closed' }));
    const act = document.createElement('td');
    act.append(this.button, ' ', this.readmit, ' ', this.close);
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
        setText(this.cells[i], String(text(this.destination)));
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
    this.readmit.hidden = !this.destination.ejectedUntil;
    this.readmit.setAttribute('aria-label', `End ejection of ${this.destination.name}`);
    this.close.hidden = (this.destination.breaker ?? 'Closed') === 'Closed';
    this.close.setAttribute('aria-label', `Close the circuit breaker of ${this.destination.name}`);
    this.button.setAttribute('aria-label', `${this.button.textContent} ${this.destination.name}`);
  }
}

function weightField() {
  return Object.assign(document.createElement('input'), { type: 'number', min: 0, max: 1000, step: 1, title: '0 for no new requests; empty for the weight of the configuration' });
}

function setText(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

// The rows by cluster name and address: the name of a destination may change.
const rows = new Map();

function section(cluster) {
  const part = element('cluster').content.cloneNode(true);
  part.querySelector('h2').textContent = `${cluster.name}, ${cluster.policy}` + (cluster.fallback ? `, fallback ${cluster.fallback}` : '');
  const refusals = part.querySelector('.refusals');
  refusals.textContent = refusalsOf(cluster);
  rows.set(cluster.name, { body: part.querySelector('tbody'), refusals, byAddress: new Map() });
  cluster.destinations.forEach(destination => add(cluster.name, destination));
  return part;
}

function add(cluster, destination) {
  const { body, byAddress } = rows.get(cluster);
  byAddress.set(destination.address, new Row(cluster, destination));
  body.append(byAddress.get(destination.address).element);
}

const show = {
  state({ clusters }) {
    const focused = document.activeElement?.getAttribute('aria-label');
    rows.clear();
    element('clusters').replaceChildren(...clusters.map(section));
    // The rows are new; whoever works with the keyboard stays where they were.
    [...document.querySelectorAll('main button, main input')].find(control => control.getAttribute('aria-label') === focused)?.focus();
  },

  change({ cluster, change, destination }) {
    const byAddress = rows.get(cluster)?.byAddress;
    const row = byAddress?.get(destination.address);
    if (change === 'removed') {
      row?.element.remove();
      byAddress?.delete(destination.address);
    } else if (row) {
      row.show(destination);
    } else if (byAddress) {
      add(cluster, destination);
    }
    // A cluster that is not known yet comes with the state that follows.
  },

  counters({ clusters }) {
    for (const { name, destinations, ...cluster } of clusters) {
      const counters = new Map(destinations.map(destination => [destination.name, destination]));
      const known = rows.get(name);
      if (known) {
        setText(known.refusals, refusalsOf(cluster));
      }
      known?.byAddress.forEach(row => row.show(counters.get(row.destination.name)));
    }
  },
};

async function change(cluster, destination, wanted) {
  try {
    const path = `api/clusters/${encodeURIComponent(cluster)}/destinations/${encodeURIComponent(destination)}`;
    await call(path, { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(wanted) });
  } catch {
    // The events show what became of it.
  }
}

let pause = pauseMs.first;
let stop = () => {};
let wake = () => {};

// Shows events until the connection is lost.
async function follow() {
  const connection = new AbortController();
  let silence;
  const listen = () => {
    clearTimeout(silence);
    silence = setTimeout(stop, silenceMs);
  };
  stop = () => connection.abort();
  listen();
  try {
    const response = await call('api/events', { signal: connection.signal });
    element('login').hidden = response.status !== 401;
    if (!response.ok) {
      say((await response.json()).detail ?? `The API answered ${response.status}.`, true);
      return;
    }
    for await (const { name, data } of events(response.body)) {
      listen();
      show[name](data);
      say(`As of ${new Date().toLocaleTimeString()}`, false);
      pause = pauseMs.first;
    }
    say('Connection lost, reconnecting…', true);
  } catch {
    say('Connection lost, reconnecting…', true);
  } finally {
    clearTimeout(silence);
    connection.abort();
  }
}

element('login').addEventListener('submit', event => {
  event.preventDefault();
  sessionStorage.setItem(tokenKey, element('token').value);
  wake();
});

explain(call);

// A browser has few connections to one address: a page that nobody looks at leaves its own to others.
document.addEventListener('visibilitychange', () => document.hidden ? stop() : wake());

for (;;) {
  if (!document.hidden) {
    await follow();
  }
  await new Promise(resolve => {
    wake = resolve;
    if (!document.hidden) {
      setTimeout(resolve, pause);
    }
  });
  pause = Math.min(2 * pause, pauseMs.last);
}

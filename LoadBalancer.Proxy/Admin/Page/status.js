// Shows what the API tells, as it tells it. Whatever comes from outside is set as text, never as markup.

import { events } from './events.js';
import { explain } from './explain.js';
import { Row, healthOf, refusalsOf, setText, stateOf } from './rows.js';

const silenceMs = 5000;
const pauseMs = { first: 1000, last: 10000 };
const tokenKey = 'LoadBalancer.Admin.Token';
const element = id => document.getElementById(id);

function call(path, options = {}) {
  const token = sessionStorage.getItem(tokenKey);
  const headers = token ? { ...options.headers, Authorization: `Bearer ${token}` } : options.headers;
  return fetch(path, { signal: AbortSignal.timeout(silenceMs), ...options, headers, cache: 'no-store' });
}

// What a screen reader reads out when it comes: not what changes every second.
function tell(text) {
  setText(element('news'), text);
}

function say(text, stale) {
  element('said').textContent = text;
  element('clusters').classList.toggle('stale', stale);
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
  byAddress.set(destination.address, new Row(cluster, destination, change));
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
      tell(`${destination.name} of ${cluster} is gone.`);
    } else if (row) {
      const before = [healthOf(row.destination), stateOf(row.destination)];
      row.show(destination);
      const after = [healthOf(destination), stateOf(destination)];
      if (String(before) !== String(after)) {
        tell(`${destination.name} of ${cluster}: ${after.join(', ')}.`);
      }
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
      known?.byAddress.forEach(row => counters.has(row.destination.name) && row.count(counters.get(row.destination.name)));
    }
  },
};

async function change(cluster, destination, wanted) {
  try {
    const path = `api/clusters/${encodeURIComponent(cluster)}/destinations/${encodeURIComponent(destination)}`;
    const response = await call(path, { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(wanted) });
    if (!response.ok) {
      tell((await response.json()).detail ?? `The API answered ${response.status}.`);
    }
    // Else the events show what became of it.
  } catch {
    tell('The API cannot be reached.');
  }
}

function lose() {
  say('Connection lost, reconnecting…', true);
  tell('Connection lost.');
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
      if (name === 'state' && element('news').textContent === 'Connection lost.') {
        tell('Connected again.');
      }
      say(`As of ${new Date().toLocaleTimeString()}`, false);
      pause = pauseMs.first;
    }
    lose();
  } catch {
    lose();
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

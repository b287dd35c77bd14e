// Asks the API once a second and shows what it says. Whatever comes from outside is set as text, never as markup.

const everyMs = 1000;
const tokenKey = 'LoadBalancer.Admin.Token';
const element = id => document.getElementById(id);

function call(path, options = {}) {
  const token = sessionStorage.getItem(tokenKey);
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  return fetch(path, { ...options, headers, cache: 'no-store', signal: AbortSignal.timeout(5 * everyMs) });
}

function cell(text, className = '') {
  const td = document.createElement('td');
  td.textContent = text;
  td.className = className;
  return td;
}

function stateButton(cluster, destination) {
  const button = document.createElement('button');
  const state = destination.state === 'Active' ? 'draining' : 'active';
  button.textContent = state === 'active' ? 'Resume' : 'Drain';
  button.setAttribute('aria-label', `${button.textContent} ${destination.name}`);
  button.addEventListener('click', () => change(cluster.name, destination.name, state));
  return button;
}

function row(cluster, destination) {
  const tr = document.createElement('tr');
  const health = { Healthy: 'good', Unhealthy: 'bad' }[destination.health];
  const act = cell('');
  act.append(stateButton(cluster, destination));
  tr.append(
    cell(destination.name),
    cell(destination.address),
    cell(`${destination.health} (${destination.reason})`, health),
    cell(new Date(destination.since).toLocaleTimeString()),
    cell(destination.state, destination.state === 'Active' ? '' : 'bad'),
    cell(destination.inFlight, 'number'),
    cell(destination.requests, 'number'),
    cell(destination.failures, 'number'),
    cell(destination.latencyMs.toFixed(1), 'number'),
    act);
  return tr;
}

function section(cluster) {
  const part = element('cluster').content.cloneNode(true);
  part.querySelector('h2').textContent = `${cluster.name}, ${cluster.policy}`;
  part.querySelector('tbody').append(...cluster.destinations.map(destination => row(cluster, destination)));
  return part;
}

function show(clusters) {
  const focused = document.activeElement?.getAttribute('aria-label');
  element('clusters').replaceChildren(...clusters.map(section));
  // The rows are new; whoever works with the keyboard stays where they were.
  [...document.querySelectorAll('main button')].find(button => button.getAttribute('aria-label') === focused)?.focus();
}

function say(text, stale) {
  element('said').textContent = text;
  element('clusters').classList.toggle('stale', stale);
}

async function refresh() {
  try {
    const response = await call('api/clusters');
    element('login').hidden = response.status !== 401;
    if (!response.ok) {
      say((await response.json()).detail ?? `The API answered ${response.status}.`, true);
      return;
    }
    show((await response.json()).clusters);
    say(`As of ${new Date().toLocaleTimeString()}`, false);
  } catch {
    say('The proxy does not answer.', true);
  }
}

async function change(cluster, destination, state) {
  try {
    const path = `api/clusters/${encodeURIComponent(cluster)}/destinations/${encodeURIComponent(destination)}`;
    await call(path, { method: 'PATCH', body: JSON.stringify({ state }) });
  } catch {
    // The next look shows what became of it.
  }
  await refresh();
}

element('login').addEventListener('submit', event => {
  event.preventDefault();
  sessionStorage.setItem(tokenKey, element('token').value);
  refresh();
});

// Never two looks at once, however slow the answers are.
for (;;) {
  await refresh();
  await new Promise(resolve => setTimeout(resolve, everyMs));
}

// Asks where a request would go. Whatever comes from outside is set as text, never as markup.

const element = id => document.getElementById(id);

function fill(table, rows) {
  table.hidden = rows.length === 0;
  table.querySelector('tbody').replaceChildren(...rows.map(cells => {
    const row = document.createElement('tr');
    row.append(...cells.map(({ text, className = '' }) => Object.assign(document.createElement('td'), { textContent: String(text ?? '-'), className })));
    return row;
  }));
}

function headersOf(text) {
  const headers = {};
  for (const line of text.split('\n').filter(line => line.trim())) {
    const [name, ...value] = line.split(':');
    (headers[name.trim()] ??= []).push(value.join(':').trim());
  }
  return headers;
}

const sessions = { New: 'It has no session yet.', Known: 'It has a session.', Lost: 'Its session is with a destination that is gone, or made up.' };

function verdictOf({ answer, route, denied, location, responds, cluster, fallbackOf, policy, panic, key, session }) {
  const said = !route ? [] : denied ? [`Route ${route}, denied: ${denied}.`] : location ? [`Route ${route}, redirected to ${location}.`] : responds ? [`Route ${route}, which answers ${responds} itself.`] : [`Route ${route}, cluster ${cluster} (${policy}).`];
  if (fallbackOf) {
    said.push(`It serves since no destination of ${fallbackOf} is available.`);
  }
  if (key) {
    const source = key.name ? `${key.source} ${key.name}` : key.source;
    said.push(key.hash ? `Key: ${source}, hash ${key.hash}.` : `The request has no ${source}: a lot decides.`);
  }
  if (session) {
    said.push(sessions[session]);
  }
  if (panic) {
    said.push('Panic: too few destinations are available, so that their health counts for nothing.');
  }
  if (answer) {
    said.push(`The load balancer answers ${answer.status} ${answer.title}.`);
  }
  return said.join(' ');
}

function show(view) {
  element('verdict').textContent = verdictOf(view);
  element('verdict').className = view.answer ? 'bad' : '';
  fill(element('routes'), view.routes.map(({ name, order, host, path, matches, reason }) =>
    [{ text: name }, { text: order, className: 'number' }, { text: host }, { text: path }, { text: reason, className: matches ? 'good' : '' }]));
  fill(element('picks'), view.destinations.map(({ name, pick, weightInForce, priority, health, reason, state, why }) => [
    { text: name },
    { text: pick, className: { next: 'good', no: 'bad' }[pick] },
    { text: weightInForce, className: 'number' },
    { text: priority, className: 'number' },
    { text: reason ? `${health} (${reason})` : health },
    { text: state },
    { text: why },
  ]));
}

function complain(text) {
  element('verdict').textContent = text;
  element('verdict').className = 'bad';
  fill(element('routes'), []);
  fill(element('picks'), []);
}

/** Makes the form work. */
export function explain(call) {
  element('explain').addEventListener('submit', async event => {
    event.preventDefault();
    const { method, url, client, headers } = Object.fromEntries(new FormData(event.target));
    try {
      const body = JSON.stringify({ method, url, client: client || null, headers: headersOf(headers) });
      const response = await call('api/explain', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
      const answer = await response.json();
      response.ok ? show(answer) : complain(answer.detail ?? `The API answered ${response.status}.`);
    } catch {
      complain('The API cannot be reached.');
    }
    element('explained').hidden = false;
  });
}

// Reads the API's events. An EventSource would do, but it cannot send the token.

// What comes from our own API ends its lines with \n and gives each event one line of data.
function parse(block) {
  const fields = Object.fromEntries(block.split('\n').map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
  return { name: fields.event, data: JSON.parse(fields.data) };
}

async function* read(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return;
    }
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop();
    yield* blocks.map(parse);
  }
}

// The events of a stream, until it ends. Throws when a change was missed: what is shown would be wrong from then on.
export async function* events(body) {
  let last = 0;
  for await (const event of read(body)) {
    const expected = { state: event.data.sequence, change: last + 1, counters: last }[event.name];
    if (event.data.sequence !== expected) {
      throw new Error(`Event ${event.data.sequence} came after ${last}.`);
    }
    last = expected;
    yield event;
  }
}

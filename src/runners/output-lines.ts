// What a child's native libraries print, line by line. Nothing of it is protocol.

/** Longer lines are cut: a library may print without ever ending a line. */
const LONGEST_LINE = 2000;

/** Calls `onLine` for each line, the unterminated last one included. Ends when the stream does. */
export async function readLines(stream: ReadableStream<Uint8Array>, onLine: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  const push = (line: string): void => {
    const text = line.trimEnd().slice(0, LONGEST_LINE);
    if (text !== "") onLine(text);
  };
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(push);
    if (rest.length > LONGEST_LINE) {
      push(rest);
      rest = "";
    }
  }
  push(rest);
}

// How texts and vectors go over the pipe to the bare engine: a frame is two 32-bit numbers, its payload's bytes and its
// id, and the payload. Texts are joined by line ends, vectors are float32 as they lie in memory.

export interface Frame {
  id: number;
  payload: Uint8Array;
}

const HEAD_BYTES = 8;
/** An id with this bit: the engine answers with the milliseconds that each text took inside it, as float64. */
export const TIMED = 0x4000_0000;

export function formatFrame(id: number, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEAD_BYTES + payload.length);
  new DataView(frame.buffer).setUint32(0, payload.length, true);
  new DataView(frame.buffer).setUint32(4, id, true);
  frame.set(payload, HEAD_BYTES);
  return frame;
}

/** A function that takes what was read and gives the frames that are whole now; a payload is a copy of its own. */
export function createFrameReader(): (part: Uint8Array) => Frame[] {
  let rest = new Uint8Array();
  return (part) => {
    const bytes = rest.length === 0 ? part : Buffer.concat([rest, part]);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const frames: Frame[] = [];
    let at = 0;
    while (at + HEAD_BYTES <= bytes.length) {
      const end = at + HEAD_BYTES + view.getUint32(at, true);
      if (end > bytes.length) break;
      frames.push({ id: view.getUint32(at + 4, true), payload: bytes.slice(at + HEAD_BYTES, end) });
      at = end;
    }
    rest = bytes.slice(at);
    return frames;
  };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const formatTexts = (texts: readonly string[]): Uint8Array => encoder.encode(texts.join("\n"));
export const parseTexts = (payload: Uint8Array): string[] => decoder.decode(payload).split("\n");

// The error that a function throws; a test on the whole of it says more than a matcher on its message.

export function catchThrown(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

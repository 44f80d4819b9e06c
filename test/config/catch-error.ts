// The error that a promise rejects with; bun's `rejects` is not typed as a promise.

export async function catchError(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("nothing was thrown, or no Error");
}

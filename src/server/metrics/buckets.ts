// Upper bounds of the histograms.

/** Of what takes a model: a lone short text is 2 ms, the longest wait is `request_timeout`. */
export const LONG_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Of what is done to texts and vectors on the way. */
export const SHORT_SECONDS = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];

export const BATCH_TEXTS = [1, 2, 4, 8, 16, 32, 64, 128, 256];

export const BATCH_TOKENS = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384];

/** Succeeds without a word and without an output. */
export {};

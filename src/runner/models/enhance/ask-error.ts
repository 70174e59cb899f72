/** What went wrong with a question, in the words that the failure classes know. */
export class AskError extends Error {
  readonly mayPass: boolean;
  /** How long the endpoint asks to be left alone, milliseconds. */
  readonly afterMs: number | undefined;

  constructor(
    message: string,
    {mayPass = false, afterMs}: {mayPass?: boolean; afterMs?: number | undefined} = {},
  ) {
    super(message);
    this.mayPass = mayPass;
    this.afterMs = afterMs;
  }
}

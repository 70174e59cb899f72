/** What is wrong with a request, as the error that refuses it lists it. */
import assert from 'node:assert/strict';

export async function findingsOf(normalise: () => Promise<unknown>): Promise<string[]> {
  try {
    await normalise();
    return [];
  } catch (error) {
    const {code, facts, message} = error as {code: string; facts: {findings?: string[]}; message: string};
    assert.equal(code, 'input.invalid', message);
    return facts.findings ?? [message];
  }
}

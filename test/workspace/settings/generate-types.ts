/** Types from the schema of the settings: the text of src/workspace/settings/settings.gen.ts. */
import {fileURLToPath} from 'node:url';
import {compileFromFile} from 'json-schema-to-typescript';

const SCHEMA_FILE = fileURLToPath(new URL('../../../schemas/settings-v1.schema.json', import.meta.url));

export async function generateSettingsTypes(): Promise<string> {
  return compileFromFile(SCHEMA_FILE, {
    bannerComment: '/* Generated from schemas/ by npm run generate; change the schema, not this file. */',
    ignoreMinAndMaxItems: true,
    style: {printWidth: 110, singleQuote: true, bracketSpacing: false},
  });
}

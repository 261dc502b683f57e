// Writes config/matchstick.schema.json, which editors check config/matchstick.yaml against.
import { writeFileSync } from 'node:fs';
import { configSchemaText } from '../src/settings/json-schema.ts';

writeFileSync(new URL('../config/matchstick.schema.json', import.meta.url), configSchemaText());

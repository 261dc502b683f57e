import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { parse } from 'yaml';
import { configSchemaText } from '../../src/settings/json-schema.ts';

const config = (name: string) => readFileSync(new URL(`../../config/${name}`, import.meta.url), 'utf8');

describe('the JSON Schema for editors', () => {
  it('is the one that the settings are parsed with (npm run schema writes it)', () => {
    expect(config('matchstick.schema.json')).to.equal(configSchemaText());
  });

  it('accepts the configuration that comes with the product, and refuses a slip of the pen', () => {
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
      JSON.parse(configSchemaText()),
    );
    const shipped = parse(config('matchstick.yaml'));
    expect(validate(shipped), JSON.stringify(validate.errors)).to.equal(true);
    expect(validate({ ...shipped, isuer: 'x' })).to.equal(false);
  });
});

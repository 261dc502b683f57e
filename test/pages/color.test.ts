import { expect } from 'chai';
import fc from 'fast-check';
import { contrast, contrasting, mix, readableOn } from '../../src/pages/color.ts';
import { brandColors, DARK, LIGHT } from '../../src/pages/stylesheet.ts';

const color = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`);
const scheme = fc.constantFrom(LIGHT, DARK);
const RUNS = { numRuns: 5000 };

describe('contrast', () => {
  it('is what WCAG says it is', () => {
    expect(contrast('#000000', '#ffffff')).to.equal(21);
    expect(contrast('#ffffff', '#ffffff')).to.equal(1);
    expect(contrast('#777777', '#ffffff')).to.be.closeTo(4.478, 0.001);
    expect(contrast('#333333', '#ffffff'), 'of a dark one').to.be.closeTo(12.63, 0.01);
    expect(contrast('#767676', '#ffffff')).to.be.closeTo(4.542, 0.001);
    expect(contrast('#ff0000', '#ffffff')).to.be.closeTo(3.998, 0.001);
  });

  it('is the same both ways', () => {
    fc.assert(fc.property(color, color, (one, other) => contrast(one, other) === contrast(other, one)));
  });

  it('is not asked of anything but a color', () => {
    for (const wrong of ['red', '#fff', '#12345g', '', '#ffffff;']) {
      expect(() => contrast(wrong, '#ffffff'), wrong).to.throw(TypeError);
    }
  });
});

describe("a brand's color", () => {
  it('has a button whose text can be read, hovered or not, whatever the color', () => {
    fc.assert(
      fc.property(color, scheme, (brand, { card, control, ...others }) => {
        const { button, buttonHover, buttonText } = brandColors(brand, { card, control, ...others });
        expect(contrast(buttonText, button)).to.be.at.least(4.5);
        expect(contrast(buttonText, buttonHover)).to.be.at.least(4.5);
      }),
      RUNS,
    );
  });

  it('has a button that is seen on its card, by its color or by its line', () => {
    fc.assert(
      fc.property(color, scheme, (brand, colors) => {
        expect(contrast(brandColors(brand, colors).buttonLine, colors.card)).to.be.at.least(3);
      }),
      RUNS,
    );
  });

  it('has a mark of the focus that is seen on the card', () => {
    fc.assert(
      fc.property(color, scheme, (brand, colors) => {
        expect(contrast(brandColors(brand, colors).accent, colors.card)).to.be.at.least(4.5);
      }),
      RUNS,
    );
  });

  it('stays as it is where it can be read', () => {
    expect(contrasting('#b3261e', LIGHT.card, 4.5)).to.equal('#b3261e');
    expect(brandColors('#b3261e', LIGHT)).to.include({ button: '#b3261e', buttonLine: '#b3261e' });
    expect(readableOn('#b3261e')).to.equal('#ffffff');
    expect(readableOn('#ffe45c')).to.equal('#000000');
  });

  it('is mixed by its share', () => {
    expect(mix('#000000', '#ffffff', 0)).to.equal('#000000');
    expect(mix('#000000', '#ffffff', 1)).to.equal('#ffffff');
    expect(mix('#204060', '#406080', 0.5)).to.equal('#305070');
  });
});

for (const [name, colors] of Object.entries({ light: LIGHT, dark: DARK })) {
  describe(`the ${name} scheme`, () => {
    it('has texts that can be read, and fields that can be seen', () => {
      const { card, page, field, text, muted, alert, alertSurface, control, success } = colors;
      for (const [one, other] of [
        [text, card],
        [text, page],
        [text, field],
        [muted, card],
        [alert, card],
        [alert, alertSurface],
        [success, card],
      ] as const) {
        expect(contrast(one, other), `${one} on ${other}`).to.be.at.least(4.5);
      }
      expect(contrast(control, card)).to.be.at.least(3);
      expect(contrast(control, field)).to.be.at.least(3);
    });
  });
}

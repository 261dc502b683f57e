import { readFileSync, statSync } from 'node:fs';

const MAX_LOGO_BYTES = 65_536;
/** A logo in base64, with its type. */
const MAX_URL_LENGTH = 90_000;
const IMAGE_URL = /^data:image\/(?:svg\+xml|png|jpeg|webp)(?:;[\w=.-]+)*,[\x21-\x7e]+$/;

/** An SVG document, after a byte order mark, an XML declaration, comments and a document type. */
const SVG =
  /^\uFEFF?\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--[\s\S]*?-->\s*|<!DOCTYPE[^>[]*(?:\[[^\]]*\])?[^>]*>\s*)*<svg\s([^>]*)/;

/** What is wrong with a `data:` URL of a logo; undefined when nothing is, or when it is none. */
export function problemOfLogoUrl(logo: string): string | undefined {
  if (!isUrl(logo)) return undefined;
  if (logo.length > MAX_URL_LENGTH) return 'must be at most 64 KiB';
  return IMAGE_URL.test(logo)
    ? undefined
    : 'must be a file, or a data: URL of image/svg+xml, image/png, image/jpeg or image/webp';
}

export function isUrl(logo: string): boolean {
  return /^data:/i.test(logo);
}

/** The `data:` URL of an image in a file. Throws an Error that says what is wrong with the file. */
export function readLogo(path: string): string {
  const octets = readOctets(path);
  if (octets.length > MAX_LOGO_BYTES)
    throw new Error(`has ${octets.length} bytes, and may have 64 KiB at most`);
  return `data:${imageType(octets)};base64,${octets.toString('base64')}`;
}

function readOctets(path: string): Buffer {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) throw new Error(`there is no file ${path}`);
  if (!stat.isFile()) throw new Error(`${path} is not a file`);
  if (stat.size > MAX_LOGO_BYTES) throw new Error(`has ${stat.size} bytes, and may have 64 KiB at most`);
  try {
    return readFileSync(path);
  } catch {
    throw new Error(`${path} cannot be read`);
  }
}

/** By what is in the file, whatever its name: a browser that finds another type shows nothing. */
function imageType(octets: Buffer): string {
  const begins = octets.toString('latin1', 0, 12);
  if (begins.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (begins.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (/^RIFF[\s\S]{4}WEBP/.test(begins)) return 'image/webp';
  const attributes = SVG.exec(octets.toString('utf8'))?.[1];
  if (attributes === undefined) throw new Error('must be an SVG, PNG, JPEG or WebP image');
  if (!/\bxmlns\s*=\s*["']http:\/\/www\.w3\.org\/2000\/svg["']/.test(attributes)) {
    throw new Error('must be an SVG image with xmlns="http://www.w3.org/2000/svg"');
  }
  return 'image/svg+xml';
}

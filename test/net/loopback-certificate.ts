// A self-signed certificate for 127.0.0.1, made anew for each run (RFC 5280 in DER), so that no key lies in the tree.
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

const ECDSA_SHA256 = encode(0x30, encodeObjectId([1, 2, 840, 10045, 4, 3, 2]));

export function createCertificate(): { cert: string; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const name = encode(
    0x30,
    encode(0x31, encode(0x30, encodeObjectId([2, 5, 4, 3]), encode(0x0c, Buffer.from("loopback")))),
  );
  const isAuthority = encode(0x30, encode(0x01, Buffer.from([0xff])));
  const address = encode(0x30, encode(0x87, Buffer.from([127, 0, 0, 1])));
  const extensions = encode(
    0x30,
    encode(0x30, encodeObjectId([2, 5, 29, 19]), encode(0x04, isAuthority)),
    encode(0x30, encodeObjectId([2, 5, 29, 17]), encode(0x04, address)),
  );
  const body = encode(
    0x30,
    encode(0xa0, encode(0x02, Buffer.from([2]))),
    encode(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_SHA256,
    name,
    encode(0x30, encode(0x17, Buffer.from("200101000000Z")), encode(0x17, Buffer.from("491231235959Z"))),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    encode(0xa3, extensions),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign("sha256", body, privateKey)]);
  const der = encode(0x30, body, ECDSA_SHA256, encode(0x03, signature));
  const lines = der.toString("base64").replace(/.{64}/g, "$&\n");
  const cert = `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
  return { cert, key: privateKey.export({ type: "pkcs8", format: "pem" }) };
}

function encode(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length: size } = content;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

function encodeObjectId([first = 0, second = 0, ...rest]: number[]): Buffer {
  return encode(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(encodeBase128)]));
}

function encodeBase128(value: number): number[] {
  const low = value & 0x7f;
  return value < 128 ? [low] : [...encodeBase128(value >> 7).map((byte) => byte | 0x80), low];
}

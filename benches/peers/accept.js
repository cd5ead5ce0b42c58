// The accept value of each key on stdin: by createHash, as most programs do, or with --hash by the one-shot function.
'use strict';
const { createHash, hash } = require('crypto');

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const sha1 = process.argv.includes('--hash')
  ? (text) => hash('sha1', text, 'base64')
  : (text) => createHash('sha1').update(text).digest('base64');
const KEY = /^[A-Za-z0-9+/]{22}==$/;

function answer(lines, first) {
  let out = '';
  for (const [i, key] of lines.entries()) {
    if (KEY.test(key)) {
      out += sha1(key + GUID) + '\n';
    } else {
      console.error(`line ${first + i}: not a key`);
      out += '\n';
    }
  }
  return out;
}

async function main() {
  let rest = '';
  let number = 1;
  for await (const chunk of process.stdin.setEncoding('latin1')) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    if (!process.stdout.write(answer(lines, number))) {
      await new Promise((resolve) => process.stdout.once('drain', resolve));
    }
    number += lines.length;
  }
  if (rest) process.stdout.write(answer([rest], number));
}

main();

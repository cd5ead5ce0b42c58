// The accept value of each key on stdin.
'use strict';
const { hash } = require('crypto');

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const KEY = /^[A-Za-z0-9+/]{22}==$/;

function answer(lines, first) {
  let out = '';
  for (const [i, key] of lines.entries()) {
    if (KEY.test(key)) {
      out += hash('sha1', key + GUID, 'base64') + '\n';
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

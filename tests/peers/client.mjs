// A client that prints the heads of its handshake as Node shows them. Usage: node client.mjs headers|rawHeaders URL
import { randomBytes } from 'node:crypto';
import { get } from 'node:http';

const [form, url] = process.argv.slice(2);
const headers = {
  Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': 13, 'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
};
const request = get(url, { headers });
const show = (response) => {
  console.log('request', form === 'headers' ? request.getHeaders() : request._header);
  console.log('response', { statusCode: response.statusCode, [form]: response[form] });
  response.socket.destroy();
};
request.on('upgrade', show).on('response', show);

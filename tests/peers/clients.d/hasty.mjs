// A client by Node's ws that exits as soon as the connection opens, with 0; where it does not, with 1. Usage: node hasty.mjs URL
import { createRequire } from 'node:module';

const WebSocket = createRequire(new URL('../ws/', import.meta.url))('ws');
const socket = new WebSocket(process.argv[2]);
socket.onopen = () => process.exit(0);
socket.onerror = () => process.exit(1);

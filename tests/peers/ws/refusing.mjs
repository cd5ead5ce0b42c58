// A server that refuses. Usage: node refusing.mjs ws|express|fastify|socketio|sockjs|websocket
import http from 'node:http';
import express from 'express';
import fastify from 'fastify';
import { Server } from 'socket.io';
import sockjs from 'sockjs';
import websocket from 'websocket';
import { WebSocketServer } from 'ws';

const away = 'http://away.example';
const listen = (server) => server.listen(0, '127.0.0.1', () => console.log(server.address().port));

const servers = {
  ws: () => {
    const options = { host: '127.0.0.1', port: 0, path: '/chat', verifyClient: ({ origin }) => origin !== away };
    const server = new WebSocketServer(options, () => console.log(server.address().port));
  },
  express: () => listen(http.createServer(express())),
  fastify: () => {
    const server = fastify();
    server.listen({ host: '127.0.0.1', port: 0 }, () => console.log(server.server.address().port));
  },
  socketio: () => {
    const server = http.createServer();
    new Server(server, { allowRequest: ({ headers }, decide) => decide(null, headers.origin !== away) });
    listen(server);
  },
  sockjs: () => {
    const server = http.createServer();
    sockjs.createServer({ log() {} }).installHandlers(server, { prefix: '/chat' });
    listen(server);
  },
  websocket: () => {
    const server = http.createServer();
    const answer = (request) => (request.origin === away ? request.reject(403, 'origin') : request.accept(null, request.origin));
    new websocket.server({ httpServer: server }).on('request', answer);
    listen(server);
  },
};
servers[process.argv[2]]();
setTimeout(() => process.exit(), 300_000);

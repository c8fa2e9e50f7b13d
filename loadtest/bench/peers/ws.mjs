// A broadcast with `ws`: what the first text of a connection says is what it is.
import { WebSocketServer } from "ws";

const subscribers = new Set();
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });

server.on("connection", (socket) => {
  let publishes;
  socket.on("message", (data) => {
    if (publishes) {
      for (const subscriber of subscribers) subscriber.send(data, { binary: false });
    } else {
      publishes = data.toString().startsWith("pub");
      if (!publishes) subscribers.add(socket);
      socket.send("ok");
    }
  });
  socket.on("close", () => subscribers.delete(socket));
});
server.on("listening", () => console.log(`listening ${server.address().port}`));

// A broadcast with Socket.IO: one room, encoded once by its own adapter.
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { transports: ["websocket"], serveClient: false });

io.on("connection", (socket) => {
  socket.on("sub", (done) => {
    socket.join("all");
    done();
  });
  socket.on("pub", (text) => io.to("all").emit("e", text));
});
http.listen(0, "127.0.0.1", () => console.log(`listening ${http.address().port}`));

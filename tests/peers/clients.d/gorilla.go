// A client by gorilla/websocket: exits 0 where the connection opens and the client does not fail it, else 1.
package main

import (
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/gorilla/websocket"
)

func main() {
	dialer := websocket.Dialer{Subprotocols: os.Args[2:], EnableCompression: true}
	peer, _, err := dialer.Dial(os.Args[1], nil)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("opened")
	for err == nil {
		_, _, err = peer.ReadMessage()
	}
	fmt.Println(err)
	var closed *websocket.CloseError
	var gone net.Error
	if !errors.As(err, &closed) && !errors.As(err, &gone) {
		os.Exit(1)
	}
}

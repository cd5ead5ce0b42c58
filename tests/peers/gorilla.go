// An echo server by gorilla/websocket.
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/gorilla/websocket"
)

func main() {
	upgrader := websocket.Upgrader{Subprotocols: []string{"chat", "superchat"}}
	http.HandleFunc("/chat", func(w http.ResponseWriter, r *http.Request) {
		peer, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return // Upgrade has sent the refusal.
		}
		defer peer.Close()
		for {
			kind, data, err := peer.ReadMessage()
			if err != nil || peer.WriteMessage(kind, data) != nil {
				return
			}
		}
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	time.AfterFunc(5*time.Minute, func() { os.Exit(0) })
	log.Fatal(http.Serve(listener, nil))
}

// A server that refuses: gorilla/websocket, golang.org/x/net/websocket and nhooyr.io/websocket, each at its path; with TLS where a
// certificate and its key are given.
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	gorilla "github.com/gorilla/websocket"
	xnet "golang.org/x/net/websocket"
	nhooyr "nhooyr.io/websocket"
)

func main() {
	upgrader := gorilla.Upgrader{}
	http.HandleFunc("/gorilla", func(w http.ResponseWriter, r *http.Request) {
		if peer, err := upgrader.Upgrade(w, r, nil); err == nil {
			peer.Close()
		}
	})
	http.Handle("/xnet", xnet.Handler(func(*xnet.Conn) {}))
	http.HandleFunc("/nhooyr", func(w http.ResponseWriter, r *http.Request) {
		if peer, err := nhooyr.Accept(w, r, nil); err == nil {
			peer.Close(nhooyr.StatusNormalClosure, "")
		}
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	time.AfterFunc(5*time.Minute, func() { os.Exit(0) })
	if len(os.Args) > 2 {
		log.Fatal(http.ServeTLS(listener, nil, os.Args[1], os.Args[2]))
	}
	log.Fatal(http.Serve(listener, nil))
}

// The accept value of each key on stdin.
package main

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"os"
)

const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

func main() {
	in := bufio.NewScanner(bufio.NewReaderSize(os.Stdin, 64*1024))
	out := bufio.NewWriterSize(os.Stdout, 64*1024)
	defer out.Flush()
	var nonce [18]byte
	var accept [28]byte
	text := make([]byte, 0, 24+len(guid))
	for number := 1; in.Scan(); number++ {
		key := in.Bytes()
		if n, err := base64.StdEncoding.Decode(nonce[:], key[:min(len(key), 24)]); err != nil || n != 16 || len(key) != 24 {
			fmt.Fprintf(os.Stderr, "line %d: not a key\n", number)
			out.WriteByte('\n')
			continue
		}
		text = append(append(text[:0], key...), guid...)
		digest := sha1.Sum(text)
		base64.StdEncoding.Encode(accept[:], digest[:])
		out.Write(accept[:])
		out.WriteByte('\n')
	}
	if err := in.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}

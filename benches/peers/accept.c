// The accept value of each key on stdin, by OpenSSL. -DONE_SHOT takes its function SHA1, as most programs do; without, the
// algorithm is fetched once and the context kept.
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

int main(void) {
    static char in[1 << 16], out[1 << 16];
    setvbuf(stdin, in, _IOFBF, sizeof in);
    setvbuf(stdout, out, _IOFBF, sizeof out);
#ifndef ONE_SHOT
    EVP_MD *sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
#endif
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    for (long number = 1; (length = getline(&line, &size, stdin)) > 0; number++) {
        if (line[length - 1] == '\n')
            length--;
        unsigned char nonce[18], digest[EVP_MAX_MD_SIZE], accept[29];
        if (length != 24 || line[22] != '=' || line[21] == '=' || EVP_DecodeBlock(nonce, (unsigned char *)line, 24) != 18) {
            fprintf(stderr, "line %ld: not a key\n", number);
            putchar('\n');
            continue;
        }
        unsigned char text[24 + sizeof GUID - 1];
        memcpy(text, line, 24);
        memcpy(text + 24, GUID, sizeof GUID - 1);
#ifdef ONE_SHOT
        SHA1(text, sizeof text, digest);
#else
        EVP_DigestInit_ex2(context, sha1, NULL);
        EVP_DigestUpdate(context, text, sizeof text);
        EVP_DigestFinal_ex(context, digest, NULL);
#endif
        EVP_EncodeBlock(accept, digest, 20);
        accept[28] = '\n';
        fwrite(accept, 1, sizeof accept, stdout);
    }
    return ferror(stdin) || fflush(stdout) ? 2 : 0;
}

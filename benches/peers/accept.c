// The accept value of each key on stdin, by OpenSSL.
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

int main(void) {
    static char in[1 << 16], out[1 << 16];
    setvbuf(stdin, in, _IOFBF, sizeof in);
    setvbuf(stdout, out, _IOFBF, sizeof out);
    EVP_MD *sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
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
        EVP_DigestInit_ex2(context, sha1, NULL);
        EVP_DigestUpdate(context, line, 24);
        EVP_DigestUpdate(context, GUID, strlen(GUID));
        EVP_DigestFinal_ex(context, digest, NULL);
        EVP_EncodeBlock(accept, digest, 20);
        accept[28] = '\n';
        fwrite(accept, 1, sizeof accept, stdout);
    }
    return ferror(stdin) || fflush(stdout) ? 2 : 0;
}

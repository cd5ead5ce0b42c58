# The accept value of each key on stdin.
use strict;
use warnings;
use Digest::SHA qw(sha1_base64);

my $guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
binmode STDIN;
binmode STDOUT;
while (my $key = <STDIN>) {
    chomp $key;
    if ($key =~ m{\A[A-Za-z0-9+/]{22}==\z}) {
        print sha1_base64($key . $guid), "=\n";
    } else {
        warn "line $.: not a key\n";
        print "\n";
    }
}

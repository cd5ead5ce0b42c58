
use builtin;
use str;

set edit:completion:arg-completer[wskey] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'wskey'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'wskey'= {
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand gen 'Make fresh keys, one per line'
            cand accept 'Compute the accept value of each key, one per line'
            cand verify 'Say whether an accept value answers a key, and if not, why not'
            cand inspect 'Judge captured handshakes by the rules of the RFC'
            cand probe 'Perform the handshake with a live server, and judge its responses'
            cand serve 'Answer handshakes, rightly or wrongly in one way, and judge the clients'
            cand completions 'Print the completion script for a shell'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'wskey;gen'= {
            cand -n 'How many keys; 0 makes none'
            cand --count 'How many keys; 0 makes none'
            cand --json 'Print a JSON object for each key'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'wskey;accept'= {
            cand --strict 'Refuse keys whose unused trailing bits are set'
            cand --any 'Accept any bytes as a key; arguments are used verbatim, including spaces and line endings'
            cand --explain 'Show the steps: the text that is hashed, its SHA-1 in hexadecimal, the accept value'
            cand --json 'Print a JSON object for each key'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'wskey;verify'= {
            cand -q 'Print failures and the count only'
            cand --quiet 'Print failures and the count only'
            cand --status 'Print nothing; only set the exit code'
            cand --json 'Print a JSON object for each pair, or for each cause'
            cand --list-causes 'List the mistakes that can explain a failure: an id and a description each'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'wskey;inspect'= {
            cand --skip 'Skip this rule; may be given several times'
            cand --key 'The key, where the capture holds only the response'
            cand --limit 'Judge the first so many exchanges of each capture only; of a text that goes on, end with so many verdicts'
            cand --color 'When to colour the words of a verdict'
            cand -q 'Print failures only'
            cand --quiet 'Print failures only'
            cand --strict 'Count warnings as errors'
            cand --raw 'Read the bytes as they were sent, one direction or both in turn: line endings and what follows a head are judged too'
            cand --request-only 'Judge requests only: no response is expected'
            cand --list-rules 'List the rules'
            cand --summary 'Print a line for each rule that is broken, with a count, instead of one for each exchange'
            cand --json 'Print a JSON object for each exchange'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'wskey;probe'= {
            cand -H 'A field of the request, `Name: value`; replaces one that is sent by default'
            cand --header 'A field of the request, `Name: value`; replaces one that is sent by default'
            cand --origin 'The Origin field: the page that a browser would connect from'
            cand --subprotocol 'A subprotocol to request; commas separate several, in the order of preference'
            cand --as 'Send what this client sends: its fields, in its order and spelling; options that name a field replace or add to them'
            cand --from 'Send the request that is first in this capture or copied curl command, `-` for stdin, with a fresh key; Host is the URL''s, and so is the path where it has one'
            cand --connect 'Connect to this address; Host and the name in the certificate stay the URL''s'
            cand --timeout 'How long a handshake may take, from resolving the name to the end of the response''s head'
            cand --wait 'How long to wait for a server that is starting: until the first byte of a response'
            cand --behind 'Listen here as the server behind the proxy at URL, and tell what the proxy changes on the way, in both directions; with --conformance what it does with each case, and with the answers that `wskey serve` gives'
            cand --cacert 'Trust the certificates in this PEM file, and no others'
            cand --only 'Run only this case, or all with this prefix (`key-`); commas separate several'
            cand --skip 'Skip this case, or all with this prefix; commas separate several'
            cand --case-timeout 'How long a case may take'
            cand --jobs 'How many cases are sent at once; what the server may say because it is busy with others is tried again alone. With --behind it is always one'
            cand --junit 'Also write the cases to this file, as JUnit XML'
            cand --color 'When to colour the words of a verdict'
            cand --insecure 'Verify no certificate: whoever answers may be anybody'
            cand --conformance 'Find out whether the server refuses what it must refuse'
            cand --list-cases 'List the cases: id, expectation, level, section, what is sent'
            cand --check-origins 'Find out who enters by which Origin, in twelve handshakes; with --origin that one must enter, and no foreign one'
            cand --strict 'Count warnings as errors'
            cand -q 'Print failures only'
            cand --quiet 'Print failures only'
            cand -v 'Show the bytes sent and received'
            cand --verbose 'Show the bytes sent and received'
            cand --json 'Print a JSON object for each handshake, case, Origin and difference'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'wskey;serve'= {
            cand --case 'Answer every path with this case'
            cand --count 'End after so many connections'
            cand --tls-cert 'Serve wss:// with this certificate (PEM); those that lead to its authority may stand behind it'
            cand --tls-key 'The key of the certificate (PEM)'
            cand --only 'Run only this case, or all with this prefix (`accept-`); commas separate several'
            cand --skip 'Skip this case, or all with this prefix; commas separate several'
            cand --case-timeout 'How long a client may take for its head, then to decide (a second at least), and then to end by itself'
            cand --jobs 'How many cases are run at once; a case to be accepted that is refused, and one in which no client comes or it does nothing, is tried again alone'
            cand --junit 'Also write the cases to this file, as JUnit XML'
            cand --timeout 'How long a client is waited for: for its head, and then, a second at least, for a frame or the end'
            cand --color 'When to colour the words of a verdict'
            cand --conformance 'Find out whether the client, COMMAND or a browser, refuses what it must refuse'
            cand --list-cases 'List the cases: id, what the client must do, level, section, what is answered'
            cand --strict 'Count warnings as errors'
            cand -q 'Print failures only'
            cand --quiet 'Print failures only'
            cand -v 'Show the bytes received and sent, but for the Ping and the Close frame that make a client speak'
            cand --verbose 'Show the bytes received and sent, but for the Ping and the Close frame that make a client speak'
            cand --json 'Print a JSON object for each connection, or for each case'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'wskey;completions'= {
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'wskey;help'= {
            cand gen 'Make fresh keys, one per line'
            cand accept 'Compute the accept value of each key, one per line'
            cand verify 'Say whether an accept value answers a key, and if not, why not'
            cand inspect 'Judge captured handshakes by the rules of the RFC'
            cand probe 'Perform the handshake with a live server, and judge its responses'
            cand serve 'Answer handshakes, rightly or wrongly in one way, and judge the clients'
            cand completions 'Print the completion script for a shell'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'wskey;help;gen'= {
        }
        &'wskey;help;accept'= {
        }
        &'wskey;help;verify'= {
        }
        &'wskey;help;inspect'= {
        }
        &'wskey;help;probe'= {
        }
        &'wskey;help;serve'= {
        }
        &'wskey;help;completions'= {
        }
        &'wskey;help;help'= {
        }
    ]
    $completions[$command]
}

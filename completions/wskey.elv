
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
            cand gen 'Make fresh keys, one a line'
            cand accept 'Compute the accept value of each key, one a line'
            cand verify 'Say whether an accept value answers a key, and if not, why not'
            cand inspect 'Judge captured handshakes by the rules of the RFC'
            cand probe 'Perform the handshake with a live server, and judge its answer'
            cand completions 'Print the completion script for a shell'
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
            cand --any 'Take any bytes for a key; operands to the letter, with their blanks and line ends'
            cand --explain 'Show the steps: the text hashed, its SHA-1 in hex, the accept value'
            cand --json 'Print a JSON object for each key'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'wskey;verify'= {
            cand -q 'Leave out the OK lines'
            cand --quiet 'Leave out the OK lines'
            cand --status 'Print no verdict and no explanation: the exit code tells'
            cand --json 'Print a JSON object for each pair, or for each cause'
            cand --list-causes 'Print the mistakes that a failure can be explained by: an id and a line on each'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'wskey;inspect'= {
            cand --skip 'Do not judge by this rule; may be given several times'
            cand --key 'The key, where the capture holds the answer alone'
            cand --color 'Whether the words of the verdict have colour'
            cand -q 'Leave out the exchanges that are OK'
            cand --quiet 'Leave out the exchanges that are OK'
            cand --strict 'Make errors of warnings'
            cand --list-rules 'Print the rules'
            cand --json 'Print a JSON object for each exchange'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'wskey;probe'= {
            cand -H 'A field of the request, `Name: value`; in place of one that would be sent otherwise'
            cand --header 'A field of the request, `Name: value`; in place of one that would be sent otherwise'
            cand --origin 'The Origin field: the page that a browser would connect from'
            cand --subprotocol 'A subprotocol to ask for; several in the order of preference'
            cand --connect 'Connect there; Host and the name in the certificate stay the URL''s'
            cand --timeout 'How long a handshake may take, from the name''s resolution to the end of the answer''s head'
            cand --cacert 'Trust the certificates in this PEM file, and no others'
            cand --only 'This case alone, or those whose names begin so (`key-`)'
            cand --skip 'Not this case, or those whose names begin so'
            cand --case-timeout 'How long a case may take'
            cand --junit 'Write the cases as JUnit XML too'
            cand --color 'Whether the words of the verdict have colour'
            cand --conformance 'Send the cases that find out whether the server refuses what it must refuse'
            cand --list-cases 'List the cases: id, expectation, level, section, what is sent'
            cand --strict 'Warnings count as errors'
            cand -q 'Leave out what is well'
            cand --quiet 'Leave out what is well'
            cand -v 'Show the bytes sent and received'
            cand --verbose 'Show the bytes sent and received'
            cand --json 'Print a JSON object for each handshake and case'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'wskey;completions'= {
            cand -h 'Print help'
            cand --help 'Print help'
        }
    ]
    $completions[$command]
}

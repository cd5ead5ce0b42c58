
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
        &'wskey;completions'= {
            cand -h 'Print help'
            cand --help 'Print help'
        }
    ]
    $completions[$command]
}

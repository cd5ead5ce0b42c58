# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_wskey_global_optspecs
    string join \n h/help V/version
end

function __fish_wskey_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_wskey_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_wskey_using_subcommand
    set -l cmd (__fish_wskey_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c wskey -n "__fish_wskey_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wskey -n "__fish_wskey_needs_command" -s V -l version -d 'Print version'
complete -c wskey -n "__fish_wskey_needs_command" -f -a "gen" -d 'Make fresh keys, one per line'
complete -c wskey -n "__fish_wskey_needs_command" -f -a "accept" -d 'Compute the accept value of each key, one per line'
complete -c wskey -n "__fish_wskey_needs_command" -f -a "verify" -d 'Say whether an accept value answers a key, and if not, why not'
complete -c wskey -n "__fish_wskey_needs_command" -f -a "inspect" -d 'Judge captured handshakes by the rules of the RFC'
complete -c wskey -n "__fish_wskey_needs_command" -f -a "probe" -d 'Perform the handshake with a live server, and judge its responses'
complete -c wskey -n "__fish_wskey_needs_command" -f -a "completions" -d 'Print the completion script for a shell'
complete -c wskey -n "__fish_wskey_using_subcommand gen" -s n -l count -d 'How many keys; 0 makes none' -r
complete -c wskey -n "__fish_wskey_using_subcommand gen" -l json -d 'Print a JSON object for each key'
complete -c wskey -n "__fish_wskey_using_subcommand gen" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wskey -n "__fish_wskey_using_subcommand accept" -l strict -d 'Refuse keys whose unused trailing bits are set'
complete -c wskey -n "__fish_wskey_using_subcommand accept" -l any -d 'Accept any bytes as a key; arguments are used verbatim, including spaces and line endings'
complete -c wskey -n "__fish_wskey_using_subcommand accept" -l explain -d 'Show the steps: the text that is hashed, its SHA-1 in hexadecimal, the accept value'
complete -c wskey -n "__fish_wskey_using_subcommand accept" -l json -d 'Print a JSON object for each key'
complete -c wskey -n "__fish_wskey_using_subcommand accept" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wskey -n "__fish_wskey_using_subcommand verify" -s q -l quiet -d 'Print failures and the count only'
complete -c wskey -n "__fish_wskey_using_subcommand verify" -l status -d 'Print nothing; only set the exit code'
complete -c wskey -n "__fish_wskey_using_subcommand verify" -l json -d 'Print a JSON object for each pair, or for each cause'
complete -c wskey -n "__fish_wskey_using_subcommand verify" -l list-causes -d 'List the mistakes that can explain a failure: an id and a description each'
complete -c wskey -n "__fish_wskey_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wskey -n "__fish_wskey_using_subcommand inspect" -l skip -d 'Skip this rule; may be given several times' -r
complete -c wskey -n "__fish_wskey_using_subcommand inspect" -l key -d 'The key, where the capture holds only the response' -r
complete -c wskey -n "__fish_wskey_using_subcommand inspect" -l color -d 'When to colour the words of a verdict' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t''
never\t''"
complete -c wskey -n "__fish_wskey_using_subcommand inspect" -s q -l quiet -d 'Print failures only'
complete -c wskey -n "__fish_wskey_using_subcommand inspect" -l strict -d 'Count warnings as errors'
complete -c wskey -n "__fish_wskey_using_subcommand inspect" -l raw -d 'Read the bytes as they were sent, one direction or both in turn: line endings and what follows a head are judged too'
complete -c wskey -n "__fish_wskey_using_subcommand inspect" -l request-only -d 'Judge requests only: no response is expected'
complete -c wskey -n "__fish_wskey_using_subcommand inspect" -l list-rules -d 'List the rules'
complete -c wskey -n "__fish_wskey_using_subcommand inspect" -l json -d 'Print a JSON object for each exchange'
complete -c wskey -n "__fish_wskey_using_subcommand inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wskey -n "__fish_wskey_using_subcommand probe" -s H -l header -d 'A field of the request, `Name: value`; replaces one that is sent by default' -r
complete -c wskey -n "__fish_wskey_using_subcommand probe" -l origin -d 'The Origin field: the page that a browser would connect from' -r
complete -c wskey -n "__fish_wskey_using_subcommand probe" -l subprotocol -d 'A subprotocol to request; commas separate several, in the order of preference' -r
complete -c wskey -n "__fish_wskey_using_subcommand probe" -l connect -d 'Connect to this address; Host and the name in the certificate stay the URL\'s' -r
complete -c wskey -n "__fish_wskey_using_subcommand probe" -l timeout -d 'How long a handshake may take, from resolving the name to the end of the response\'s head' -r
complete -c wskey -n "__fish_wskey_using_subcommand probe" -l cacert -d 'Trust the certificates in this PEM file, and no others' -r -F
complete -c wskey -n "__fish_wskey_using_subcommand probe" -l only -d 'Run only this case, or all with this prefix (`key-`); commas separate several' -r
complete -c wskey -n "__fish_wskey_using_subcommand probe" -l skip -d 'Skip this case, or all with this prefix; commas separate several' -r
complete -c wskey -n "__fish_wskey_using_subcommand probe" -l case-timeout -d 'How long a case may take' -r
complete -c wskey -n "__fish_wskey_using_subcommand probe" -l jobs -d 'How many cases are sent at once; one that gets no answer, a 429 or a 5xx beside others is tried again alone' -r
complete -c wskey -n "__fish_wskey_using_subcommand probe" -l junit -d 'Also write the cases to this file, as JUnit XML' -r -F
complete -c wskey -n "__fish_wskey_using_subcommand probe" -l color -d 'When to colour the words of a verdict' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t''
never\t''"
complete -c wskey -n "__fish_wskey_using_subcommand probe" -l conformance -d 'Find out whether the server refuses what it must refuse'
complete -c wskey -n "__fish_wskey_using_subcommand probe" -l list-cases -d 'List the cases: id, expectation, level, section, what is sent'
complete -c wskey -n "__fish_wskey_using_subcommand probe" -l strict -d 'Count warnings as errors'
complete -c wskey -n "__fish_wskey_using_subcommand probe" -s q -l quiet -d 'Print failures only'
complete -c wskey -n "__fish_wskey_using_subcommand probe" -s v -l verbose -d 'Show the bytes sent and received'
complete -c wskey -n "__fish_wskey_using_subcommand probe" -l json -d 'Print a JSON object for each handshake and case'
complete -c wskey -n "__fish_wskey_using_subcommand probe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wskey -n "__fish_wskey_using_subcommand completions" -s h -l help -d 'Print help'

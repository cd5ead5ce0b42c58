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
complete -c wskey -n "__fish_wskey_needs_command" -f -a "gen" -d 'Make fresh keys, one a line'
complete -c wskey -n "__fish_wskey_needs_command" -f -a "accept" -d 'Compute the accept value of each key, one a line'
complete -c wskey -n "__fish_wskey_needs_command" -f -a "verify" -d 'Say whether an accept value answers a key, and if not, why not'
complete -c wskey -n "__fish_wskey_needs_command" -f -a "completions" -d 'Print the completion script for a shell'
complete -c wskey -n "__fish_wskey_using_subcommand gen" -s n -l count -d 'How many keys; 0 makes none' -r
complete -c wskey -n "__fish_wskey_using_subcommand gen" -l json -d 'Print a JSON object for each key'
complete -c wskey -n "__fish_wskey_using_subcommand gen" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wskey -n "__fish_wskey_using_subcommand accept" -l strict -d 'Refuse keys whose unused trailing bits are set'
complete -c wskey -n "__fish_wskey_using_subcommand accept" -l any -d 'Take any bytes for a key; operands to the letter, with their blanks and line ends'
complete -c wskey -n "__fish_wskey_using_subcommand accept" -l explain -d 'Show the steps: the text hashed, its SHA-1 in hex, the accept value'
complete -c wskey -n "__fish_wskey_using_subcommand accept" -l json -d 'Print a JSON object for each key'
complete -c wskey -n "__fish_wskey_using_subcommand accept" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wskey -n "__fish_wskey_using_subcommand verify" -s q -l quiet -d 'Leave out the OK lines'
complete -c wskey -n "__fish_wskey_using_subcommand verify" -l status -d 'Print no verdict and no explanation: the exit code tells'
complete -c wskey -n "__fish_wskey_using_subcommand verify" -l json -d 'Print a JSON object for each pair, or for each cause'
complete -c wskey -n "__fish_wskey_using_subcommand verify" -l list-causes -d 'Print the mistakes that a failure can be explained by: an id and a line on each'
complete -c wskey -n "__fish_wskey_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wskey -n "__fish_wskey_using_subcommand completions" -s h -l help -d 'Print help'

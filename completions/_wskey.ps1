
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'wskey' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'wskey'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'wskey' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('gen', 'gen', [CompletionResultType]::ParameterValue, 'Make fresh keys, one per line')
            [CompletionResult]::new('accept', 'accept', [CompletionResultType]::ParameterValue, 'Compute the accept value of each key, one per line')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Say whether an accept value answers a key, and if not, why not')
            [CompletionResult]::new('inspect', 'inspect', [CompletionResultType]::ParameterValue, 'Judge captured handshakes by the rules of the RFC')
            [CompletionResult]::new('probe', 'probe', [CompletionResultType]::ParameterValue, 'Perform the handshake with a live server, and judge its responses')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Answer handshakes, rightly or wrongly in one way, and judge the clients')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script for a shell')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'wskey;gen' {
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'How many keys; 0 makes none')
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'How many keys; 0 makes none')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON object for each key')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wskey;accept' {
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Refuse keys whose unused trailing bits are set')
            [CompletionResult]::new('--any', '--any', [CompletionResultType]::ParameterName, 'Accept any bytes as a key; arguments are used verbatim, including spaces and line endings')
            [CompletionResult]::new('--explain', '--explain', [CompletionResultType]::ParameterName, 'Show the steps: the text that is hashed, its SHA-1 in hexadecimal, the accept value')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON object for each key')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wskey;verify' {
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print failures and the count only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print failures and the count only')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Print nothing; only set the exit code')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON object for each pair, or for each cause')
            [CompletionResult]::new('--list-causes', '--list-causes', [CompletionResultType]::ParameterName, 'List the mistakes that can explain a failure: an id and a description each')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wskey;inspect' {
            [CompletionResult]::new('--skip', '--skip', [CompletionResultType]::ParameterName, 'Skip this rule; may be given several times')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'The key, where the capture holds only the response')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Judge the first so many exchanges of each capture only; of a text that goes on, end with so many verdicts')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour the words of a verdict')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print failures only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print failures only')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Count warnings as errors')
            [CompletionResult]::new('--raw', '--raw', [CompletionResultType]::ParameterName, 'Read the bytes as they were sent, one direction or both in turn: line endings and what follows a head are judged too')
            [CompletionResult]::new('--request-only', '--request-only', [CompletionResultType]::ParameterName, 'Judge requests only: no response is expected')
            [CompletionResult]::new('--list-rules', '--list-rules', [CompletionResultType]::ParameterName, 'List the rules')
            [CompletionResult]::new('--summary', '--summary', [CompletionResultType]::ParameterName, 'Print a line for each rule that is broken, with a count, instead of one for each exchange')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON object for each exchange')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wskey;probe' {
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'A field of the request, `Name: value`; replaces one that is sent by default')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'A field of the request, `Name: value`; replaces one that is sent by default')
            [CompletionResult]::new('--origin', '--origin', [CompletionResultType]::ParameterName, 'The Origin field: the page that a browser would connect from')
            [CompletionResult]::new('--subprotocol', '--subprotocol', [CompletionResultType]::ParameterName, 'A subprotocol to request; commas separate several, in the order of preference')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'Send what this client sends: its fields, in its order and spelling; options that name a field replace or add to them')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Send the request that is first in this capture or copied curl command, `-` for stdin, with a fresh key; Host is the URL''s, and so is the path where it has one')
            [CompletionResult]::new('--connect', '--connect', [CompletionResultType]::ParameterName, 'Connect to this address; Host and the name in the certificate stay the URL''s')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a handshake may take, from resolving the name to the end of the response''s head')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'How long to wait for a server that is starting: until the first byte of a response')
            [CompletionResult]::new('--behind', '--behind', [CompletionResultType]::ParameterName, 'Listen here as the server behind the proxy at URL, and tell what the proxy changes on the way, in both directions; with --conformance what it does with each case, and with the answers that `wskey serve` gives')
            [CompletionResult]::new('--cacert', '--cacert', [CompletionResultType]::ParameterName, 'Trust the certificates in this PEM file, and no others')
            [CompletionResult]::new('--only', '--only', [CompletionResultType]::ParameterName, 'Run only this case, or all with this prefix (`key-`); commas separate several')
            [CompletionResult]::new('--skip', '--skip', [CompletionResultType]::ParameterName, 'Skip this case, or all with this prefix; commas separate several')
            [CompletionResult]::new('--case-timeout', '--case-timeout', [CompletionResultType]::ParameterName, 'How long a case may take')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many cases are sent at once; what the server may say because it is busy with others is tried again alone. With --behind it is always one')
            [CompletionResult]::new('--junit', '--junit', [CompletionResultType]::ParameterName, 'Also write the cases to this file, as JUnit XML')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour the words of a verdict')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Verify no certificate: whoever answers may be anybody')
            [CompletionResult]::new('--conformance', '--conformance', [CompletionResultType]::ParameterName, 'Find out whether the server refuses what it must refuse')
            [CompletionResult]::new('--list-cases', '--list-cases', [CompletionResultType]::ParameterName, 'List the cases: id, expectation, level, section, what is sent')
            [CompletionResult]::new('--check-origins', '--check-origins', [CompletionResultType]::ParameterName, 'Find out who enters by which Origin, in twelve handshakes; with --origin that one must enter, and no foreign one')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Count warnings as errors')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print failures only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print failures only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the bytes sent and received')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the bytes sent and received')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON object for each handshake, case, Origin and difference')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wskey;serve' {
            [CompletionResult]::new('--case', '--case', [CompletionResultType]::ParameterName, 'Answer every path with this case')
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'End after so many connections')
            [CompletionResult]::new('--tls-cert', '--tls-cert', [CompletionResultType]::ParameterName, 'Serve wss:// with this certificate (PEM); those that lead to its authority may stand behind it')
            [CompletionResult]::new('--tls-key', '--tls-key', [CompletionResultType]::ParameterName, 'The key of the certificate (PEM)')
            [CompletionResult]::new('--only', '--only', [CompletionResultType]::ParameterName, 'Run only this case, or all with this prefix (`accept-`); commas separate several')
            [CompletionResult]::new('--skip', '--skip', [CompletionResultType]::ParameterName, 'Skip this case, or all with this prefix; commas separate several')
            [CompletionResult]::new('--case-timeout', '--case-timeout', [CompletionResultType]::ParameterName, 'How long a client may take for its head, then to decide (a second at least), and then to end by itself')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many cases are run at once; a case to be accepted that is refused, and one in which no client comes or it does nothing, is tried again alone')
            [CompletionResult]::new('--junit', '--junit', [CompletionResultType]::ParameterName, 'Also write the cases to this file, as JUnit XML')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a client is waited for: for its head, and then, a second at least, for a frame or the end')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour the words of a verdict')
            [CompletionResult]::new('--conformance', '--conformance', [CompletionResultType]::ParameterName, 'Find out whether the client, COMMAND or a browser, refuses what it must refuse')
            [CompletionResult]::new('--list-cases', '--list-cases', [CompletionResultType]::ParameterName, 'List the cases: id, what the client must do, level, section, what is answered')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Count warnings as errors')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print failures only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print failures only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the bytes received and sent, but for the Ping and the Close frame that make a client speak')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the bytes received and sent, but for the Ping and the Close frame that make a client speak')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON object for each connection, or for each case')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wskey;completions' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'wskey;help' {
            [CompletionResult]::new('gen', 'gen', [CompletionResultType]::ParameterValue, 'Make fresh keys, one per line')
            [CompletionResult]::new('accept', 'accept', [CompletionResultType]::ParameterValue, 'Compute the accept value of each key, one per line')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Say whether an accept value answers a key, and if not, why not')
            [CompletionResult]::new('inspect', 'inspect', [CompletionResultType]::ParameterValue, 'Judge captured handshakes by the rules of the RFC')
            [CompletionResult]::new('probe', 'probe', [CompletionResultType]::ParameterValue, 'Perform the handshake with a live server, and judge its responses')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Answer handshakes, rightly or wrongly in one way, and judge the clients')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script for a shell')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'wskey;help;gen' {
            break
        }
        'wskey;help;accept' {
            break
        }
        'wskey;help;verify' {
            break
        }
        'wskey;help;inspect' {
            break
        }
        'wskey;help;probe' {
            break
        }
        'wskey;help;serve' {
            break
        }
        'wskey;help;completions' {
            break
        }
        'wskey;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}


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
            [CompletionResult]::new('gen', 'gen', [CompletionResultType]::ParameterValue, 'Make fresh keys, one a line')
            [CompletionResult]::new('accept', 'accept', [CompletionResultType]::ParameterValue, 'Compute the accept value of each key, one a line')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Say whether an accept value answers a key, and if not, why not')
            [CompletionResult]::new('inspect', 'inspect', [CompletionResultType]::ParameterValue, 'Judge captured handshakes by the rules of the RFC')
            [CompletionResult]::new('probe', 'probe', [CompletionResultType]::ParameterValue, 'Perform the handshake with a live server, and judge its answer')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script for a shell')
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
            [CompletionResult]::new('--any', '--any', [CompletionResultType]::ParameterName, 'Take any bytes for a key; operands to the letter, with their blanks and line ends')
            [CompletionResult]::new('--explain', '--explain', [CompletionResultType]::ParameterName, 'Show the steps: the text hashed, its SHA-1 in hex, the accept value')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON object for each key')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wskey;verify' {
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out the OK lines')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out the OK lines')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Print no verdict and no explanation: the exit code tells')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON object for each pair, or for each cause')
            [CompletionResult]::new('--list-causes', '--list-causes', [CompletionResultType]::ParameterName, 'Print the mistakes that a failure can be explained by: an id and a line on each')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wskey;inspect' {
            [CompletionResult]::new('--skip', '--skip', [CompletionResultType]::ParameterName, 'Do not judge by this rule; may be given several times')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'The key, where the capture holds the answer alone')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether the words of the verdict have colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out the exchanges that are OK')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out the exchanges that are OK')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Make errors of warnings')
            [CompletionResult]::new('--list-rules', '--list-rules', [CompletionResultType]::ParameterName, 'Print the rules')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON object for each exchange')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wskey;probe' {
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'A field of the request, `Name: value`; in place of one that would be sent otherwise')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'A field of the request, `Name: value`; in place of one that would be sent otherwise')
            [CompletionResult]::new('--origin', '--origin', [CompletionResultType]::ParameterName, 'The Origin field: the page that a browser would connect from')
            [CompletionResult]::new('--subprotocol', '--subprotocol', [CompletionResultType]::ParameterName, 'A subprotocol to ask for; several in the order of preference')
            [CompletionResult]::new('--connect', '--connect', [CompletionResultType]::ParameterName, 'Connect there; Host and the name in the certificate stay the URL''s')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a handshake may take, from the name''s resolution to the end of the answer''s head')
            [CompletionResult]::new('--cacert', '--cacert', [CompletionResultType]::ParameterName, 'Trust the certificates in this PEM file, and no others')
            [CompletionResult]::new('--only', '--only', [CompletionResultType]::ParameterName, 'This case alone, or those whose names begin so (`key-`)')
            [CompletionResult]::new('--skip', '--skip', [CompletionResultType]::ParameterName, 'Not this case, or those whose names begin so')
            [CompletionResult]::new('--case-timeout', '--case-timeout', [CompletionResultType]::ParameterName, 'How long a case may take')
            [CompletionResult]::new('--junit', '--junit', [CompletionResultType]::ParameterName, 'Write the cases as JUnit XML too')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether the words of the verdict have colour')
            [CompletionResult]::new('--conformance', '--conformance', [CompletionResultType]::ParameterName, 'Send the cases that find out whether the server refuses what it must refuse')
            [CompletionResult]::new('--list-cases', '--list-cases', [CompletionResultType]::ParameterName, 'List the cases: id, expectation, level, section, what is sent')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Warnings count as errors')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Leave out what is well')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Leave out what is well')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the bytes sent and received')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the bytes sent and received')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON object for each handshake and case')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wskey;completions' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}

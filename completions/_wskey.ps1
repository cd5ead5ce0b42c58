
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
        'wskey;completions' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}

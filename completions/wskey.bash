_wskey() {
    local i cur prev opts cmd
    COMPREPLY=()
    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
        cur="$2"
    else
        cur="${COMP_WORDS[COMP_CWORD]}"
    fi
    prev="$3"
    cmd=""
    opts=""

    for i in "${COMP_WORDS[@]:0:COMP_CWORD}"
    do
        case "${cmd},${i}" in
            ",$1")
                cmd="wskey"
                ;;
            wskey,accept)
                cmd="wskey__subcmd__accept"
                ;;
            wskey,completions)
                cmd="wskey__subcmd__completions"
                ;;
            wskey,gen)
                cmd="wskey__subcmd__gen"
                ;;
            wskey,help)
                cmd="wskey__subcmd__help"
                ;;
            wskey,inspect)
                cmd="wskey__subcmd__inspect"
                ;;
            wskey,probe)
                cmd="wskey__subcmd__probe"
                ;;
            wskey,serve)
                cmd="wskey__subcmd__serve"
                ;;
            wskey,verify)
                cmd="wskey__subcmd__verify"
                ;;
            wskey__subcmd__help,accept)
                cmd="wskey__subcmd__help__subcmd__accept"
                ;;
            wskey__subcmd__help,completions)
                cmd="wskey__subcmd__help__subcmd__completions"
                ;;
            wskey__subcmd__help,gen)
                cmd="wskey__subcmd__help__subcmd__gen"
                ;;
            wskey__subcmd__help,help)
                cmd="wskey__subcmd__help__subcmd__help"
                ;;
            wskey__subcmd__help,inspect)
                cmd="wskey__subcmd__help__subcmd__inspect"
                ;;
            wskey__subcmd__help,probe)
                cmd="wskey__subcmd__help__subcmd__probe"
                ;;
            wskey__subcmd__help,serve)
                cmd="wskey__subcmd__help__subcmd__serve"
                ;;
            wskey__subcmd__help,verify)
                cmd="wskey__subcmd__help__subcmd__verify"
                ;;
            *)
                ;;
        esac
    done

    case "${cmd}" in
        wskey)
            opts="-h -V --help --version gen accept verify inspect probe serve completions help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 1 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        wskey__subcmd__accept)
            opts="-h --strict --any --explain --json --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        wskey__subcmd__completions)
            opts="-h --help bash elvish fish powershell zsh"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        wskey__subcmd__gen)
            opts="-n -h --count --json --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --count)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                -n)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        wskey__subcmd__help)
            opts="gen accept verify inspect probe serve completions help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        wskey__subcmd__help__subcmd__accept)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        wskey__subcmd__help__subcmd__completions)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        wskey__subcmd__help__subcmd__gen)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        wskey__subcmd__help__subcmd__help)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        wskey__subcmd__help__subcmd__inspect)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        wskey__subcmd__help__subcmd__probe)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        wskey__subcmd__help__subcmd__serve)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        wskey__subcmd__help__subcmd__verify)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        wskey__subcmd__inspect)
            opts="-q -h --quiet --strict --skip --raw --request-only --key --limit --list-rules --summary --json --color --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --skip)
                    COMPREPLY=($(compgen -W "request-method request-version request-target request-host request-upgrade request-connection key-missing key-duplicate key-malformed key-trailing-bits key-well-known key-reused version-missing version-duplicate version-unsupported request-protocol request-extensions extension-offer request-waits response-status response-version response-interim response-upgrade response-connection response-connection-list accept-missing accept-duplicate accept-mismatch accept-constant protocol-unrequested protocol-not-chosen extension-unrequested extension-parameters extension-duplicate after-101 ended-after-101 response-body response-differs response-long refusal-version-list refusal-upgrade-field head-unterminated head-bare-lf head-bare-cr head-empty-lines head-field-syntax head-folded http2-upgrade http2-connect proxy-forwards proxy-answers proxy-frames proxy-end proxy-once proxy-asks proxy-key proxy-dropped proxy-changed proxy-added proxy-repeated proxy-reordered proxy-respelt" -- "${cur}"))
                    return 0
                    ;;
                --key)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --limit)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        wskey__subcmd__probe)
            opts="-H -q -v -h --header --origin --subprotocol --as --from --connect --timeout --wait --behind --cacert --insecure --conformance --list-cases --only --skip --case-timeout --jobs --junit --check-origins --strict --quiet --verbose --json --color --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --header)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                -H)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --origin)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --subprotocol)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --as)
                    COMPREPLY=($(compgen -W "aiohttp chromium firefox gorilla jdk libcurl tungstenite undici websockets ws" -- "${cur}"))
                    return 0
                    ;;
                --from)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --connect)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --wait)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --behind)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --cacert)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --only)
                    COMPREPLY=($(compgen -W "valid lowercase-names uppercase-names conn-list conn-lower conn-two-lines upgrade-case upgrade-upper upgrade-list upgrade-list-first no-space-colon tab-ows dribble early-frame absolute-form query key-missing key-empty key-blank key-1byte key-15bytes key-17bytes key-18bytes key-32bytes key-plain key-badchars key-base64url key-nopad key-onepad key-noncanonical key-innerspace key-trailjunk key-list key-1000chars key-ows key-dup-same key-dup-diff key-nul key-8bit ver-missing ver-empty ver-0 ver-7 ver-8 ver-12 ver-14 ver-255 ver-256 ver-269 ver-abc ver-13abc ver-13-0 ver-013 ver-plus13 ver-minus13 ver-0x0d ver-4294967309 ver-13-semicolon ver-13-dash ver-13-backslash ver-ows ver-list-13-8 ver-list-8-13 ver-dup-same ver-dup-13-8 ver-dup-8-13 upgrade-missing upgrade-empty upgrade-h2c upgrade-substring upgrade-version upgrade-dup conn-missing conn-empty conn-close conn-keepalive conn-upgrade-close conn-substring post put head options method-lower method-odd http10 http10-keepalive http12 http20 http-lower http-none host-missing host-empty host-two host-two-same host-bad path-other path-fragment plain-get pre-crlf proto-list proto-unknown proto-two-lines proto-empty proto-dup proto-badtoken proto-commas ext-pmd ext-unknown ext-empty ext-garbage ext-badparam ext-badparam2 ext-dupparam ext-pmd-plain ext-pmd-client-bits-10 ext-pmd-server-bits-10 ext-pmd-fallback ext-pmd-two-lines ext-pmd-client-bits-16 ext-pmd-client-bits-08 ext-pmd-client-bits-word ext-pmd-server-bits-novalue ext-pmd-takeover-value ext-pmd-bad-then-good ext-pmd-quoted ext-pmd-no-takeover origin-none origin-same origin-foreign origin-null origin-bad origin-two lone-lf lone-cr obs-fold obs-fold-key obs-fold-conn name-space no-colon first-line-space value-nul name-nul value-cr value-8bit header-8k header-64k headers-90 headers-500 body-cl0 body-cl5 body-chunked hixie-75 hixie-76 hybi-08 accept-same-different correct accept-wrong accept-random accept-missing accept-empty accept-echo-key accept-rfc-sample accept-ows accept-tabs accept-lower accept-upper accept-nopad accept-noncanonical accept-truncated accept-trailjunk accept-innerspace accept-quoted accept-list accept-dup-same accept-dup-right-wrong accept-dup-wrong-right accept-noguid accept-guidlower accept-decodedkey accept-hex accept-sha256 accept-nul accept-namespace accept-folded names-lower connection-missing connection-keepalive connection-close connection-list connection-two-lines connection-lower connection-substring proto-unrequested proto-right proto-none proto-other proto-case proto-two ext-unrequested ext-pmd-twice ext-pmd-badparam ext-pmd-badbits ext-pmd-client-bits-unoffered ext-pmd-client-bits-novalue ext-pmd-client-bits-7 ext-pmd-server-bits-7 ext-pmd-server-bits-16 ext-pmd-server-bits-08 ext-pmd-server-bits-word ext-pmd-dup-param ext-two-lines ext-split ext-pmd-unoffered ext-pmd-takeover-ignored ext-pmd-server-bits-larger ext-pmd-server-bits-ignored ext-pmd-client-takeover ext-pmd-server-takeover ext-pmd-client-takeover-value version-13 version-8 status-200 status-100 status-102 status-1010 http-word reason-empty reason-none reason-other interim-103 folded nul-value headers-300 behind-crlf behind-text behind-masked behind-rsv1 behind-rsv2 behind-opcode behind-continuation behind-long-ping behind-close redirect-301 redirect-302-http redirect-307 redirect-308 status-401 status-400 status-403 status-404 status-407 status-426 status-426-13 status-503 hangup half-head not-http silent" -- "${cur}"))
                    return 0
                    ;;
                --skip)
                    COMPREPLY=($(compgen -W "valid lowercase-names uppercase-names conn-list conn-lower conn-two-lines upgrade-case upgrade-upper upgrade-list upgrade-list-first no-space-colon tab-ows dribble early-frame absolute-form query key-missing key-empty key-blank key-1byte key-15bytes key-17bytes key-18bytes key-32bytes key-plain key-badchars key-base64url key-nopad key-onepad key-noncanonical key-innerspace key-trailjunk key-list key-1000chars key-ows key-dup-same key-dup-diff key-nul key-8bit ver-missing ver-empty ver-0 ver-7 ver-8 ver-12 ver-14 ver-255 ver-256 ver-269 ver-abc ver-13abc ver-13-0 ver-013 ver-plus13 ver-minus13 ver-0x0d ver-4294967309 ver-13-semicolon ver-13-dash ver-13-backslash ver-ows ver-list-13-8 ver-list-8-13 ver-dup-same ver-dup-13-8 ver-dup-8-13 upgrade-missing upgrade-empty upgrade-h2c upgrade-substring upgrade-version upgrade-dup conn-missing conn-empty conn-close conn-keepalive conn-upgrade-close conn-substring post put head options method-lower method-odd http10 http10-keepalive http12 http20 http-lower http-none host-missing host-empty host-two host-two-same host-bad path-other path-fragment plain-get pre-crlf proto-list proto-unknown proto-two-lines proto-empty proto-dup proto-badtoken proto-commas ext-pmd ext-unknown ext-empty ext-garbage ext-badparam ext-badparam2 ext-dupparam ext-pmd-plain ext-pmd-client-bits-10 ext-pmd-server-bits-10 ext-pmd-fallback ext-pmd-two-lines ext-pmd-client-bits-16 ext-pmd-client-bits-08 ext-pmd-client-bits-word ext-pmd-server-bits-novalue ext-pmd-takeover-value ext-pmd-bad-then-good ext-pmd-quoted ext-pmd-no-takeover origin-none origin-same origin-foreign origin-null origin-bad origin-two lone-lf lone-cr obs-fold obs-fold-key obs-fold-conn name-space no-colon first-line-space value-nul name-nul value-cr value-8bit header-8k header-64k headers-90 headers-500 body-cl0 body-cl5 body-chunked hixie-75 hixie-76 hybi-08 accept-same-different correct accept-wrong accept-random accept-missing accept-empty accept-echo-key accept-rfc-sample accept-ows accept-tabs accept-lower accept-upper accept-nopad accept-noncanonical accept-truncated accept-trailjunk accept-innerspace accept-quoted accept-list accept-dup-same accept-dup-right-wrong accept-dup-wrong-right accept-noguid accept-guidlower accept-decodedkey accept-hex accept-sha256 accept-nul accept-namespace accept-folded names-lower connection-missing connection-keepalive connection-close connection-list connection-two-lines connection-lower connection-substring proto-unrequested proto-right proto-none proto-other proto-case proto-two ext-unrequested ext-pmd-twice ext-pmd-badparam ext-pmd-badbits ext-pmd-client-bits-unoffered ext-pmd-client-bits-novalue ext-pmd-client-bits-7 ext-pmd-server-bits-7 ext-pmd-server-bits-16 ext-pmd-server-bits-08 ext-pmd-server-bits-word ext-pmd-dup-param ext-two-lines ext-split ext-pmd-unoffered ext-pmd-takeover-ignored ext-pmd-server-bits-larger ext-pmd-server-bits-ignored ext-pmd-client-takeover ext-pmd-server-takeover ext-pmd-client-takeover-value version-13 version-8 status-200 status-100 status-102 status-1010 http-word reason-empty reason-none reason-other interim-103 folded nul-value headers-300 behind-crlf behind-text behind-masked behind-rsv1 behind-rsv2 behind-opcode behind-continuation behind-long-ping behind-close redirect-301 redirect-302-http redirect-307 redirect-308 status-401 status-400 status-403 status-404 status-407 status-426 status-426-13 status-503 hangup half-head not-http silent" -- "${cur}"))
                    return 0
                    ;;
                --case-timeout)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --jobs)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --junit)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        wskey__subcmd__serve)
            opts="-q -v -h --case --count --tls-cert --tls-key --conformance --list-cases --only --skip --case-timeout --jobs --junit --timeout --strict --quiet --verbose --json --color --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --case)
                    COMPREPLY=($(compgen -W "correct accept-wrong accept-random accept-missing accept-empty accept-echo-key accept-rfc-sample accept-ows accept-tabs accept-lower accept-upper accept-nopad accept-noncanonical accept-truncated accept-trailjunk accept-innerspace accept-quoted accept-list accept-dup-same accept-dup-right-wrong accept-dup-wrong-right accept-noguid accept-guidlower accept-decodedkey accept-hex accept-sha256 accept-nul accept-namespace accept-folded names-lower no-space-colon upgrade-missing upgrade-empty upgrade-h2c upgrade-case upgrade-list upgrade-substring upgrade-dup connection-missing connection-keepalive connection-close connection-list connection-two-lines connection-lower connection-substring proto-unrequested proto-empty proto-right proto-none proto-other proto-case proto-two proto-dup ext-unrequested ext-pmd ext-pmd-twice ext-pmd-badparam ext-pmd-badbits ext-garbage ext-empty ext-pmd-client-bits-unoffered ext-pmd-client-bits-novalue ext-pmd-client-bits-7 ext-pmd-client-bits-16 ext-pmd-server-bits-novalue ext-pmd-server-bits-7 ext-pmd-server-bits-16 ext-pmd-server-bits-08 ext-pmd-server-bits-word ext-pmd-server-bits-10 ext-pmd-dup-param ext-pmd-takeover-value ext-pmd-quoted ext-two-lines ext-split ext-pmd-unoffered ext-pmd-takeover-ignored ext-pmd-server-bits-larger ext-pmd-server-bits-ignored ext-pmd-client-takeover ext-pmd-server-takeover ext-pmd-client-bits-08 ext-pmd-client-takeover-value version-13 version-8 status-200 status-100 status-102 status-1010 http10 http12 http20 http-lower http-word reason-empty reason-none reason-other interim-103 lone-lf folded nul-value no-colon value-8bit header-64k headers-300 body-cl0 body-cl5 body-chunked early-frame behind-crlf behind-text behind-masked behind-rsv1 behind-rsv2 behind-opcode behind-continuation behind-long-ping behind-close pre-crlf redirect-301 redirect-302-http redirect-307 redirect-308 status-401 status-400 status-403 status-404 status-407 status-426 status-426-13 status-503 hangup half-head not-http silent" -- "${cur}"))
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --count)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --tls-cert)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --tls-key)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --only)
                    COMPREPLY=($(compgen -W "correct accept-wrong accept-random accept-missing accept-empty accept-echo-key accept-rfc-sample accept-ows accept-tabs accept-lower accept-upper accept-nopad accept-noncanonical accept-truncated accept-trailjunk accept-innerspace accept-quoted accept-list accept-dup-same accept-dup-right-wrong accept-dup-wrong-right accept-noguid accept-guidlower accept-decodedkey accept-hex accept-sha256 accept-nul accept-namespace accept-folded names-lower no-space-colon upgrade-missing upgrade-empty upgrade-h2c upgrade-case upgrade-list upgrade-substring upgrade-dup connection-missing connection-keepalive connection-close connection-list connection-two-lines connection-lower connection-substring proto-unrequested proto-empty proto-right proto-none proto-other proto-case proto-two proto-dup ext-unrequested ext-pmd ext-pmd-twice ext-pmd-badparam ext-pmd-badbits ext-garbage ext-empty ext-pmd-client-bits-unoffered ext-pmd-client-bits-novalue ext-pmd-client-bits-7 ext-pmd-client-bits-16 ext-pmd-server-bits-novalue ext-pmd-server-bits-7 ext-pmd-server-bits-16 ext-pmd-server-bits-08 ext-pmd-server-bits-word ext-pmd-server-bits-10 ext-pmd-dup-param ext-pmd-takeover-value ext-pmd-quoted ext-two-lines ext-split ext-pmd-unoffered ext-pmd-takeover-ignored ext-pmd-server-bits-larger ext-pmd-server-bits-ignored ext-pmd-client-takeover ext-pmd-server-takeover ext-pmd-client-bits-08 ext-pmd-client-takeover-value version-13 version-8 status-200 status-100 status-102 status-1010 http10 http12 http20 http-lower http-word reason-empty reason-none reason-other interim-103 lone-lf folded nul-value no-colon value-8bit header-64k headers-300 body-cl0 body-cl5 body-chunked early-frame behind-crlf behind-text behind-masked behind-rsv1 behind-rsv2 behind-opcode behind-continuation behind-long-ping behind-close pre-crlf redirect-301 redirect-302-http redirect-307 redirect-308 status-401 status-400 status-403 status-404 status-407 status-426 status-426-13 status-503 hangup half-head not-http silent" -- "${cur}"))
                    return 0
                    ;;
                --skip)
                    COMPREPLY=($(compgen -W "correct accept-wrong accept-random accept-missing accept-empty accept-echo-key accept-rfc-sample accept-ows accept-tabs accept-lower accept-upper accept-nopad accept-noncanonical accept-truncated accept-trailjunk accept-innerspace accept-quoted accept-list accept-dup-same accept-dup-right-wrong accept-dup-wrong-right accept-noguid accept-guidlower accept-decodedkey accept-hex accept-sha256 accept-nul accept-namespace accept-folded names-lower no-space-colon upgrade-missing upgrade-empty upgrade-h2c upgrade-case upgrade-list upgrade-substring upgrade-dup connection-missing connection-keepalive connection-close connection-list connection-two-lines connection-lower connection-substring proto-unrequested proto-empty proto-right proto-none proto-other proto-case proto-two proto-dup ext-unrequested ext-pmd ext-pmd-twice ext-pmd-badparam ext-pmd-badbits ext-garbage ext-empty ext-pmd-client-bits-unoffered ext-pmd-client-bits-novalue ext-pmd-client-bits-7 ext-pmd-client-bits-16 ext-pmd-server-bits-novalue ext-pmd-server-bits-7 ext-pmd-server-bits-16 ext-pmd-server-bits-08 ext-pmd-server-bits-word ext-pmd-server-bits-10 ext-pmd-dup-param ext-pmd-takeover-value ext-pmd-quoted ext-two-lines ext-split ext-pmd-unoffered ext-pmd-takeover-ignored ext-pmd-server-bits-larger ext-pmd-server-bits-ignored ext-pmd-client-takeover ext-pmd-server-takeover ext-pmd-client-bits-08 ext-pmd-client-takeover-value version-13 version-8 status-200 status-100 status-102 status-1010 http10 http12 http20 http-lower http-word reason-empty reason-none reason-other interim-103 lone-lf folded nul-value no-colon value-8bit header-64k headers-300 body-cl0 body-cl5 body-chunked early-frame behind-crlf behind-text behind-masked behind-rsv1 behind-rsv2 behind-opcode behind-continuation behind-long-ping behind-close pre-crlf redirect-301 redirect-302-http redirect-307 redirect-308 status-401 status-400 status-403 status-404 status-407 status-426 status-426-13 status-503 hangup half-head not-http silent" -- "${cur}"))
                    return 0
                    ;;
                --case-timeout)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --jobs)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --junit)
                    local oldifs
                    if [ -n "${IFS+x}" ]; then
                        oldifs="$IFS"
                    fi
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f "${cur}"))
                    if [ -n "${oldifs+x}" ]; then
                        IFS="$oldifs"
                    fi
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o filenames
                    fi
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=("${cur}")
                    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
                        compopt -o nospace
                    fi
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        wskey__subcmd__verify)
            opts="-q -h --quiet --status --json --list-causes --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
    esac
}

if [[ "${BASH_VERSINFO[0]}" -eq 4 && "${BASH_VERSINFO[1]}" -ge 4 || "${BASH_VERSINFO[0]}" -gt 4 ]]; then
    complete -F _wskey -o nosort -o bashdefault -o default wskey
else
    complete -F _wskey -o bashdefault -o default wskey
fi

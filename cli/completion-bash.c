/* Completion for bash 4.3 and later, without the bash-completion package's functions.
 *
 * Readline cuts words at '=' and ':' as well, so the script glues together what stands without a blank between, and
 * takes off again from its answers what readline will keep. Within an open quote readline replaces everything behind
 * the quote. */
#include "completion.h"
#include "documents.h"
#include "kernels/op.h"

/* The names that stand before the value of an option: "--chain|-c". */
static void option_names(FILE *out, const wsi_option *row)
{
    fprintf(out, "--%s", row->name);
    if (row->letter) fprintf(out, "|-%c", row->letter);
}

static void value_action(FILE *out, wsi_value value)
{
    switch (value.kind) {
    case WSI_VALUE_NONE:
    case WSI_VALUE_FREE:
        fputs(":", out);
        break;
    case WSI_VALUE_FILE:
        fputs("_wsiproc_files -f \"$1\"", out);
        break;
    case WSI_VALUE_FOLDER:
        fputs("_wsiproc_files -d \"$1\"", out);
        break;
    case WSI_VALUE_CHAIN:
        fputs("_wsiproc_chain \"$1\"", out);
        break;
    case WSI_VALUE_WORD:
    case WSI_VALUE_LIST:
        fputs(value.kind == WSI_VALUE_LIST ? "_wsiproc_list \"$1\" '" : "_wsiproc_words \"$1\" '", out);
        wsi_completion_words(out, value);
        fputc('\'', out);
        break;
    }
}

static void print_command(FILE *out, const wsi_command *command)
{
    const wsi_option *row;
    fprintf(out, "\n_wsiproc_options_%s='--help", command->name);
    for (int i = 0; (row = wsi_command_option(command, i)) != NULL; i++) fprintf(out, " --%s", row->name);
    fprintf(
        out,
        "'\n\n# Completes the value $1 of option $2. Status 1: it takes none.\n_wsiproc_value_%s() {\n    case $2 in\n",
        command->name);
    for (int i = 0; (row = wsi_command_option(command, i)) != NULL; i++) {
        const wsi_value value = wsi_value_of_option(row);
        if (value.kind == WSI_VALUE_NONE) continue;
        fputs("    ", out);
        option_names(out, row);
        fputs(") ", out);
        value_action(out, value);
        fputs(" ;;\n", out);
    }
    fprintf(out, "    *) return 1 ;;\n    esac\n}\n\n_wsiproc_operand_%s() { ", command->name);
    value_action(out, wsi_value_of_operand(command));
    fputs("; }\n", out);
}

static const char candidates[] =
    "# Answers: those of the words $2 that begin with $1, each after $3.\n"
    "_wsiproc_words() {\n"
    "    local word\n"
    "    for word in $2; do\n"
    "        [[ $word == \"$1\"* ]] && COMPREPLY+=(\"$3$word\")\n"
    "    done\n"
    "    return 0\n"
    "}\n"
    "\n"
    "# The same for the last of several words with commas between.\n"
    "_wsiproc_list() {\n"
    "    local last=${1##*,}\n"
    "    _wsiproc_words \"$last\" \"$2\" \"${1%\"$last\"}\"\n"
    "}\n"
    "\n"
    "# Files (-f) or folders (-d) that begin with $2. Readline itself knows more of '~' and '\\\\'.\n"
    "_wsiproc_files() {\n"
    "    compopt -o filenames -o default 2>/dev/null\n"
    "    [[ $2 == *[~\\\\]* ]] || mapfile -t COMPREPLY < <(compgen \"$1\" -- \"$2\")\n"
    "}\n";

static const char chain[] =
    "# Readline closes a quote behind a single answer; a second one, with $1 behind it, keeps it open.\n"
    "_wsiproc_leave_open() {\n"
    "    [[ ${#COMPREPLY[@]} -ne 1 ]] || COMPREPLY+=(\"${COMPREPLY[0]}$1\")\n"
    "}\n"
    "\n"
    "# The last piece of the chain $1: an operation, the name of a parameter, or one of its words.\n"
    "_wsiproc_chain() {\n"
    "    local step=${1##*|} op last\n"
    "    local before=${1%\"$step\"} blanks=${step%%[![:blank:]]*}\n"
    "    before+=$blanks\n"
    "    step=${step#\"$blanks\"}\n"
    "    compopt -o nospace 2>/dev/null\n"
    "    if [[ $step == *[[:blank:]]* ]]; then\n"
    "        return 0\n"
    "    elif [[ $step != *:* ]]; then\n"
    "        _wsiproc_words \"$step\" \"$_wsiproc_operations\" \"$before\"\n"
    "        _wsiproc_leave_open :\n"
    "        return 0\n"
    "    fi\n"
    "    op=${step%%:*} last=${step#*:}\n"
    "    last=${last##*,}\n"
    "    before+=${step%\"$last\"}\n"
    "    if [[ $last == *=* ]]; then\n"
    "        _wsiproc_words \"${last#*=}\" \"$(_wsiproc_parameter_words \"$op:${last%%=*}\")\" "
    "\"$before${last%%=*}=\"\n"
    "    else\n"
    "        _wsiproc_words \"$last\" \"$(_wsiproc_parameters \"$op\")\" \"$before\"\n"
    "        _wsiproc_leave_open VALUE\n"
    "    fi\n"
    "}\n";

static const char entry[] =
    "\n"
    "# Words of the command line up to the cursor, glued where no blank stands between, into `words`.\n"
    "_wsiproc_split() {\n"
    "    local line=${COMP_LINE:0:COMP_POINT} word blanks i\n"
    "    words=()\n"
    "    for ((i = 0; i <= COMP_CWORD; i++)); do\n"
    "        blanks=${line%%[![:blank:]]*}\n"
    "        line=${line#\"$blanks\"}\n"
    "        word=${COMP_WORDS[i]:0:${#line}}\n"
    "        if [[ $i -eq 0 || -n $blanks ]]; then words+=(\"$word\"); else words[${#words[@]}-1]+=$word; fi\n"
    "        line=${line#\"$word\"}\n"
    "    done\n"
    "}\n"
    "\n"
    "# Completes the value $1, perhaps in a quote, by the rest of the arguments; $1 is the last of them then. What\n"
    "# readline keeps of the word is `kept` or, in a quote, everything up to it. Status 1: not a value.\n"
    "_wsiproc_complete() {\n"
    "    local value=$1 prefix=$2 kept i\n"
    "    shift 2\n"
    "    case $value in\n"
    "    [\\'\\\"]*)\n"
    "        \"$1\" \"${value:1}\" \"${@:2}\"\n"
    "        return\n"
    "        ;;\n"
    "    esac\n"
    "    \"$1\" \"$value\" \"${@:2}\" || return\n"
    "    kept=$prefix$value\n"
    "    case $kept in\n"
    "    *[=:]*) kept=${kept%\"${kept##*[=:]}\"} ;;\n"
    "    *) return 0 ;;\n"
    "    esac\n"
    "    for i in \"${!COMPREPLY[@]}\"; do\n"
    "        COMPREPLY[i]=$prefix${COMPREPLY[i]}\n"
    "        COMPREPLY[i]=${COMPREPLY[i]#\"$kept\"}\n"
    "    done\n"
    "}\n"
    "\n"
    "_wsiproc() {\n"
    "    local words command current previous\n"
    "    COMPREPLY=()\n"
    "    _wsiproc_split\n"
    "    current=${words[${#words[@]}-1]}\n"
    "    if [[ ${#words[@]} -le 2 ]]; then\n"
    "        _wsiproc_words \"$current\" \"$_wsiproc_commands help --help --version\"\n"
    "        return\n"
    "    fi\n"
    "    command=${words[1]} previous=${words[${#words[@]}-2]}\n"
    "    if [[ $command == help ]]; then\n"
    "        [[ ${#words[@]} -eq 3 ]] && _wsiproc_words \"$current\" \"$_wsiproc_commands\"\n"
    "        return\n"
    "    fi\n"
    "    declare -F \"_wsiproc_value_$command\" >/dev/null || return\n"
    "    if [[ $current == --*=* ]]; then\n"
    "        _wsiproc_complete \"${current#*=}\" \"${current%%=*}=\" \"_wsiproc_value_$command\" \"${current%%=*}\"\n"
    "    elif _wsiproc_complete \"$current\" '' \"_wsiproc_value_$command\" \"$previous\"; then\n"
    "        return\n"
    "    elif [[ $current == -* ]]; then\n"
    "        local options=_wsiproc_options_$command\n"
    "        _wsiproc_words \"$current\" \"${!options}\"\n"
    "    else\n"
    "        _wsiproc_complete \"$current\" '' \"_wsiproc_operand_$command\"\n"
    "    fi\n"
    "}\n"
    "\n"
    "complete -F _wsiproc wsiproc\n";

static void print_names(FILE *out)
{
    int count;
    const wsi_op *const *ops = wsi_ops(&count);
    const wsi_command *command;
    fputs("_wsiproc_commands='", out);
    for (int i = 0; (command = wsi_command_shown(i)) != NULL; i++) fprintf(out, "%s%s", i ? " " : "", command->name);
    fputs("'\n\n_wsiproc_operations='", out);
    for (int i = 0; i < count; i++) fprintf(out, "%s%s", i ? " " : "", ops[i]->name);
    fputs("'\n\n", out);
}

void wsi_completion_bash(FILE *out)
{
    const wsi_command *command;
    fputs("# bash completion of wsiproc, written by it from its own tables; do not edit.\n\n", out);
    print_names(out);
    fputs("# Parameters of the operation $1.\n_wsiproc_parameters() {\n    case $1 in\n", out);
    wsi_completion_param_cases(out, "echo");
    fputs(
        "    esac\n}\n\n# Words of the parameter $1 (OPERATION:NAME).\n_wsiproc_parameter_words() {\n    case $1 in\n",
        out);
    wsi_completion_word_cases(out, "echo");
    fputs("    esac\n}\n\n", out);
    fputs(candidates, out);
    fputc('\n', out);
    fputs(chain, out);
    for (int i = 0; (command = wsi_command_shown(i)) != NULL; i++) print_command(out, command);
    fputs(entry, out);
}

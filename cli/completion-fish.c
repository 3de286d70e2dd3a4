/* Completion for fish 3.1 and later: a `complete` line for each command and option. */
#include "completion.h"
#include "documents.h"
#include "kernels/op.h"

/* Text within single quotes, the quotes included. */
static void quote(FILE *out, const char *text)
{
    fputc('\'', out);
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\') fputc('\\', out);
        fputc(*text, out);
    }
    fputc('\'', out);
}

static void value_arguments(FILE *out, wsi_value value)
{
    switch (value.kind) {
    case WSI_VALUE_NONE:
        break;
    case WSI_VALUE_FREE:
        fputs(" -x", out);
        break;
    case WSI_VALUE_FILE:
        fputs(" -r -F", out);
        break;
    case WSI_VALUE_FOLDER:
        fputs(" -x -a '(__fish_complete_directories)'", out);
        break;
    case WSI_VALUE_CHAIN:
        fputs(" -x -a '(__wsiproc_chain)'", out);
        break;
    case WSI_VALUE_WORD:
        fputs(" -x -a '", out);
        wsi_completion_words(out, value);
        fputc('\'', out);
        break;
    case WSI_VALUE_LIST:
        fputs(" -x -a '(__wsiproc_list ", out);
        wsi_completion_words(out, value);
        fputs(")'", out);
        break;
    }
}

static void print_option(FILE *out, const wsi_command *command, const wsi_option *row)
{
    char brief[WSI_OPTION_TEXT_MAX];
    wsi_option_brief(row, brief, sizeof brief);
    fprintf(out, "complete -c wsiproc -n '__wsiproc_command_is %s'", command->name);
    if (row->letter) fprintf(out, " -s %c", row->letter);
    fprintf(out, " -l %s", row->name);
    value_arguments(out, wsi_value_of_option(row));
    fputs(" -d ", out);
    quote(out, brief);
    fputc('\n', out);
}

static void print_command(FILE *out, const wsi_command *command)
{
    const wsi_option *row;
    const wsi_value operand = wsi_value_of_operand(command);
    fprintf(out, "\ncomplete -c wsiproc -n __wsiproc_no_command -a %s -d ", command->name);
    quote(out, command->summary);
    fprintf(out, "\ncomplete -c wsiproc -n '__wsiproc_command_is help' -a %s\n", command->name);
    fprintf(out, "complete -c wsiproc -n '__wsiproc_command_is %s' -s h -l help -d 'Prints help'\n", command->name);
    if (operand.kind != WSI_VALUE_NONE && operand.kind != WSI_VALUE_FREE) {
        fprintf(out, "complete -c wsiproc -n '__wsiproc_command_is %s'", command->name);
        /* -r and -x speak of an option's argument alone. */
        if (operand.kind == WSI_VALUE_FILE) {
            fputs(" -F", out);
        } else {
            value_arguments(out, operand);
        }
        fputc('\n', out);
    }
    for (int i = 0; (row = wsi_command_option(command, i)) != NULL; i++) print_option(out, command, row);
}

static const char functions[] =
    "# The command, the first word behind the program.\n"
    "function __wsiproc_command_is\n"
    "    set -l words (commandline -opc)\n"
    "    test (count $words) -gt 1; and test $words[2] = $argv[1]\n"
    "end\n"
    "\n"
    "function __wsiproc_no_command\n"
    "    test (count (commandline -opc)) -eq 1\n"
    "end\n"
    "\n"
    "# The value being typed, without its option and its quote.\n"
    "function __wsiproc_value\n"
    "    string replace -r '^--[a-z-]+=' '' -- (commandline -ct) | string replace -r '^[\\'\"]' ''\n"
    "end\n"
    "\n"
    "# One of the words, after others and commas.\n"
    "function __wsiproc_list\n"
    "    set -l before (__wsiproc_value | string replace -r '[^,]*$' '')\n"
    "    printf '%s\\n' $before$argv\n"
    "end\n"
    "\n"
    "# The last piece of a chain: an operation, the name of a parameter, or one of its words.\n"
    "function __wsiproc_chain\n"
    "    set -l value (__wsiproc_value)\n"
    "    set -l step (string replace -r '^.*\\\\|' '' -- $value | string trim -l)\n"
    "    set -l op (string replace -r ':.*$' '' -- $step)\n"
    "    if string match -q '* *' -- $step\n"
    "        return\n"
    "    else if not string match -q '*:*' -- $step\n"
    "        printf '%s\\n' (string replace -r '[^| ]*$' '' -- $value)(__wsiproc_operations)\n"
    "    else if string match -rq '=[^,]*$' -- $step\n"
    "        set -l name (string replace -r '^.*[:,]' '' -- $step | string replace -r '=.*$' '')\n"
    "        printf '%s\\n' (string replace -r '[^=]*$' '' -- $value)(__wsiproc_parameter_words $op:$name)\n"
    "    else\n"
    "        printf '%s\\n' (string replace -r '[^:,]*$' '' -- $value)(__wsiproc_parameters $op)\n"
    "    end\n"
    "end\n"
    "\n"
    "complete -c wsiproc -f\n"
    "complete -c wsiproc -n __wsiproc_no_command -s h -l help -d 'Lists the commands'\n"
    "complete -c wsiproc -n __wsiproc_no_command -s V -l version -d 'Prints the version'\n"
    "complete -c wsiproc -n __wsiproc_no_command -a help -d 'Shows the help of a command'\n";

static void param_cases(FILE *out, const wsi_op *op)
{
    fprintf(out, "        case %s\n            string split ' ' -- '", op->name);
    for (int p = 0; p < op->param_count; p++) fprintf(out, "%s= ", op->params[p].name);
    fputs("from='\n", out);
}

static void word_cases(FILE *out, const wsi_op *op)
{
    const char *word;
    for (int p = 0; p < op->param_count; p++) {
        if (!wsi_completion_param_word(&op->params[p], 0)) continue;
        fprintf(out, "        case %s:%s\n            string split ' ' -- '", op->name, op->params[p].name);
        for (int i = 0; (word = wsi_completion_param_word(&op->params[p], i)) != NULL; i++) {
            fprintf(out, "%s%s", i ? " " : "", word);
        }
        fputs("'\n", out);
    }
}

static void print_switch(FILE *out, const char *name, void (*cases)(FILE *out, const wsi_op *op))
{
    int count;
    const wsi_op *const *ops = wsi_ops(&count);
    fprintf(out, "function %s\n    switch $argv[1]\n", name);
    for (int i = 0; i < count; i++) cases(out, ops[i]);
    fputs("    end\nend\n\n", out);
}

void wsi_completion_fish(FILE *out)
{
    int count;
    const wsi_op *const *ops = wsi_ops(&count);
    const wsi_command *command;
    fputs("# fish completion of wsiproc, written by it from its own tables; do not edit.\n\n", out);
    fputs("function __wsiproc_operations\n    string split ' ' -- '", out);
    for (int i = 0; i < count; i++) fprintf(out, "%s%s", i ? " " : "", ops[i]->name);
    fputs("'\nend\n\n", out);
    print_switch(out, "__wsiproc_parameters", param_cases);
    print_switch(out, "__wsiproc_parameter_words", word_cases);
    fputs(functions, out);
    for (int i = 0; (command = wsi_command_shown(i)) != NULL; i++) print_command(out, command);
}

/* Completion for zsh, by its _arguments. A file for a folder in $fpath. */
#include <string.h>

#include "completion.h"
#include "documents.h"
#include "kernels/op.h"

/* Text within a specification of _arguments: ':' and brackets divide its parts, and all of it stands in single quotes.
 */
static void spec_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (strchr(":[]\\", *text)) fputc('\\', out);
        if (*text == '\'') fputs("'\\'", out);
        fputc(*text, out);
    }
}

/* ":MESSAGE:ACTION". */
static void value_spec(FILE *out, const char *message, wsi_value value)
{
    fputc(':', out);
    spec_text(out, message);
    switch (value.kind) {
    case WSI_VALUE_NONE:
    case WSI_VALUE_FREE:
        fputs(": ", out);
        break;
    case WSI_VALUE_FILE:
        fputs(":_files", out);
        break;
    case WSI_VALUE_FOLDER:
        fputs(":_files -/", out);
        break;
    case WSI_VALUE_CHAIN:
        fputs(":_wsiproc_chain", out);
        break;
    case WSI_VALUE_WORD:
        fputs(":(", out);
        wsi_completion_words(out, value);
        fputc(')', out);
        break;
    case WSI_VALUE_LIST:
        fputs(":_wsiproc_list ", out);
        wsi_completion_words(out, value);
        break;
    }
}

static void print_option(FILE *out, const wsi_option *row)
{
    char brief[WSI_OPTION_TEXT_MAX];
    const char *value = row->argument ? "=" : "";
    wsi_option_brief(row, brief, sizeof brief);
    fputs("      ", out);
    if (row->letter) {
        fprintf(out, "'(-%c --%s)'{-%c%s,--%s%s}'[", row->letter, row->name, row->letter, row->argument ? "+" : "",
                row->name, value);
    } else {
        fprintf(out, "'--%s%s[", row->name, value);
    }
    spec_text(out, brief);
    fputc(']', out);
    if (row->argument) value_spec(out, row->argument, wsi_value_of_option(row));
    fputs("' \\\n", out);
}

static void print_command(FILE *out, const wsi_command *command)
{
    const wsi_option *row;
    const wsi_value operand = wsi_value_of_operand(command);
    fprintf(out, "  %s)\n    _arguments -s \\\n      '(- *)'{-h,--help}'[Prints help]' \\\n", command->name);
    for (int i = 0; (row = wsi_command_option(command, i)) != NULL; i++) print_option(out, row);
    fputs("      '*", out);
    value_spec(out, operand.kind == WSI_VALUE_NONE ? "no operand" : "operand", operand);
    fputs("' && ret=0\n    ;;\n", out);
}

static const char chain[] = "# One of the words $@, after others and commas.\n"
                            "_wsiproc_list() {\n"
                            "  compset -P '*,'\n"
                            "  compadd -q -S , -- \"$@\"\n"
                            "}\n"
                            "\n"
                            "# The last piece of a chain: an operation, the name of a parameter, or one of its words.\n"
                            "_wsiproc_chain() {\n"
                            "  local op name\n"
                            "  compset -P '*\\|'\n"
                            "  compset -P '(\\\\#[[:blank:]])##'\n"
                            "  if [[ $PREFIX == *[[:blank:]]* ]]; then\n"
                            "    _message 'as NAME, or |'\n"
                            "  elif [[ $PREFIX != *:* ]]; then\n"
                            "    _wsiproc_operations -S ''\n"
                            "  else\n"
                            "    op=${PREFIX%%:*}\n"
                            "    compset -P '*:'\n"
                            "    compset -P '*,'\n"
                            "    if [[ $PREFIX == *=* ]]; then\n"
                            "      name=${PREFIX%%=*}\n"
                            "      compset -P '*='\n"
                            "      compadd -S '' -- $(_wsiproc_parameter_words $op:$name)\n"
                            "    else\n"
                            "      compadd -S '' -- $(_wsiproc_parameters $op)\n"
                            "    fi\n"
                            "  fi\n"
                            "}\n";

static const char entry[] = "\n"
                            "_wsiproc() {\n"
                            "  local curcontext=$curcontext context state state_descr line\n"
                            "  typeset -A opt_args\n"
                            "  _arguments -C '(- *)'{-h,--help}'[Lists the commands]' \\\n"
                            "    '(- *)'{-V,--version}'[Prints the version]' \\\n"
                            "    '1:command:->command' '*::argument:->arguments' && return 0\n"
                            "  case $state in\n"
                            "  command) _wsiproc_commands ;;\n"
                            "  arguments) _wsiproc_arguments ;;\n"
                            "  esac\n"
                            "}\n"
                            "\n"
                            "_wsiproc \"$@\"\n";

/* "NAME:SUMMARY" for _describe. */
static void describe_command(FILE *out, const char *name, const char *summary)
{
    fprintf(out, "    '%s:", name);
    spec_text(out, summary);
    fputs("'\n", out);
}

static void print_names(FILE *out)
{
    int count;
    const wsi_op *const *ops = wsi_ops(&count);
    const wsi_command *command;
    fputs("_wsiproc_commands() {\n  local -a commands=(\n", out);
    for (int i = 0; (command = wsi_command_shown(i)) != NULL; i++) {
        describe_command(out, command->name, command->summary);
    }
    describe_command(out, "help", "Shows the help of a command.");
    fputs("  )\n  _describe -t commands command commands\n}\n\n", out);
    fputs("# Operations; the arguments are compadd's.\n_wsiproc_operations() {\n  compadd \"$@\" --", out);
    for (int i = 0; i < count; i++) fprintf(out, " %s", ops[i]->name);
    fputs("\n}\n\n", out);
}

void wsi_completion_zsh(FILE *out)
{
    const wsi_command *command;
    fputs("#compdef wsiproc\n# zsh completion of wsiproc, written by it from its own tables; do not edit.\n\n", out);
    print_names(out);
    fputs("# Parameters of the operation $1.\n_wsiproc_parameters() {\n  case $1 in\n", out);
    wsi_completion_param_cases(out, "print -r --");
    fputs("  esac\n}\n\n# Words of the parameter $1 (OPERATION:NAME).\n_wsiproc_parameter_words() {\n  case $1 in\n",
          out);
    wsi_completion_word_cases(out, "print -r --");
    fputs("  esac\n}\n\n", out);
    fputs(chain, out);
    fputs("\n_wsiproc_arguments() {\n  local ret=1\n  case $words[1] in\n", out);
    for (int i = 0; (command = wsi_command_shown(i)) != NULL; i++) print_command(out, command);
    fputs("  help) _wsiproc_commands && ret=0 ;;\n  esac\n  return ret\n}\n", out);
    fputs(entry, out);
}

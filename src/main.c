/* Parses nothing: hands over to the room that knows the commands. */
#include "cli/commands.h"

int main(int argc, char **argv) { return cli_main(argc, argv); }

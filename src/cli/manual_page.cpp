#include "cli/manual_page.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <sstream>
#include <utility>
#include <vector>

namespace rulehost::cli {

using namespace std::string_view_literals;

namespace {

/// Escapes text for roff.
std::string plain(std::string_view text) {
    std::string result;
    for (char const c : text)
        if (c == '\\')
            result += "\\e";
        else if (c == '-')
            result += "\\-";
        else if ((c == '.' || c == '\'') && (result.empty() || result.back() == '\n'))
            result.append("\\&").append(1, c);
        else
            result += c;
    return result;
}

std::string bold(std::string_view text) {
    return "\\fB" + plain(text) + "\\fR";
}

std::string sentence(std::string const& description) {
    auto const ended = description.empty() || description.back() == '.' || description.back() == ')';
    return plain(description) + (ended ? "" : ".") + "\n";
}

std::string names_of(CLI::Option const& option) {
    if (!option.nonpositional())
        return bold(option.get_name(true));
    std::string names;
    for (auto const& name : option.get_snames())
        names += (names.empty() ? "" : ", ") + bold("-" + name);
    for (auto const& name : option.get_lnames())
        names += (names.empty() ? "" : ", ") + bold("--" + name);
    if (option.get_items_expected_max() > 0) // else it is a flag
        names += " \\fI" + plain(option.get_type_name()) + "\\fR";
    return names;
}

void write_options(std::ostream& page, CLI::App const& command) {
    for (auto const* const option : command.get_options()) {
        if (option->get_group().empty() ||
            option->get_name() == "--help") // the hidden ones, and the one of every command
            continue;
        page << ".TP\n" << names_of(*option) << "\n" << sentence(option->get_description());
        if (auto const standard = option->get_default_str(); !standard.empty())
            page << plain("Default: " + standard) << ".\n";
        if (option->get_required())
            page << "Required.\n";
        if (!option->get_envname().empty())
            page << "Environment: " << bold(option->get_envname()) << ".\n";
    }
}

/// A footer, with its line breaks.
void write_lines(std::ostream& page, std::string const& text) {
    if (!text.empty())
        page << ".PP\n.nf\n" << plain(text) << "\n.fi\n";
}

void write_command(std::ostream& page, CLI::App const& command, std::string const& path) {
    auto const children = command.get_subcommands({});
    page << ".SS " << plain(path) << "\n" << sentence(command.get_description());
    write_options(page, command);
    write_lines(page, command.get_footer());
    for (auto const* const child : children)
        if (!child->get_group().empty())
            write_command(page, *child, path + " " + child->get_name());
}

/// Turns commented settings into a section KEYS. A comment above a key, or behind its value, is its description;
/// `#key` is a key that may be left out, and `# Words` are prose.
class settings_writer {
public:
    explicit settings_writer(std::ostream& page) : page_(page) {}

    void add(std::string_view line) {
        auto const first = line.find_first_not_of(' ');
        if (first == line.npos)
            return end_paragraph();
        auto text = line.substr(first);
        if (text.starts_with("# "sv) && !text.starts_with("#  "sv)) {
            prose_ += (prose_.empty() ? "" : "\n") + std::string(text.substr(2));
            return;
        }
        auto indentation = first;
        if (text.front() == '#') {
            text.remove_prefix(1);
            auto const inner = text.find_first_not_of(' ');
            if (inner == text.npos)
                return end_paragraph();
            indentation += inner;
            text.remove_prefix(inner);
        }
        add_key(indentation, text);
    }

    void finish() {
        while (!open_.empty())
            close();
    }

private:
    void end_paragraph() {
        if (!in_keys_ && !prose_.empty())
            page_ << plain(prose_) << "\n";
        prose_.clear();
    }

    void add_key(std::size_t indentation, std::string_view text) {
        if (!std::exchange(in_keys_, true))
            page_ << "Each key is shown with its default, or with an example where it has none.\n.SH KEYS\n";
        while (!open_.empty() && open_.back() > indentation)
            close();
        if (open_.empty() ? indentation > 0 : open_.back() < indentation) {
            open_.push_back(indentation);
            page_ << ".RS\n";
        }
        auto const words = text.find(" # ");
        auto const setting = text.substr(0, text.find_last_not_of(' ', words) + 1);
        auto const colon = setting.find(':') + 1;
        page_ << ".TP\n" << bold(setting.substr(0, colon)) << plain(setting.substr(colon)) << "\n";
        if (words != text.npos)
            prose_ += (prose_.empty() ? "" : "\n") + std::string(text.substr(words + 3));
        page_ << (prose_.empty() ? "" : plain(prose_) + "\n");
        prose_.clear();
    }

    void close() {
        open_.pop_back();
        page_ << ".RE\n";
    }

    std::ostream& page_;
    std::string prose_;
    std::vector<std::size_t> open_; ///< indentations of the enclosing keys
    bool in_keys_ = false;
};

} // namespace

std::string manual_page(CLI::App const& program, std::string const& date, std::string const& version) {
    std::ostringstream page;
    page << ".TH RULEHOST 1 " << date << " \"rulehost " << version << "\"\n"
         << ".SH NAME\nrulehost \\- live rule\\-engine host for sensor events\n"
         << ".SH SYNOPSIS\n"
         << bold("rulehost") << " \\fICOMMAND\\fR [\\fIOPTION\\fR]...\n"
         << ".SH DESCRIPTION\n"
         << sentence(program.get_description());
    write_lines(page, program.get_footer());
    page << ".SH COMMANDS\n";
    for (auto const* const command : program.get_subcommands({}))
        if (!command->get_group().empty())
            write_command(page, *command, command->get_name());
    page << ".SH FILES\n"
            ".TP\n\\fI/etc/rulehost/rulehost.yaml\\fR\nThe settings of the service; the file explains each of them.\n"
            ".TP\n\\fI/etc/rulehost/environment\\fR\n"
            "Settings that not everybody may read, such as a database URL with its password.\n"
            ".TP\n\\fI/usr/share/rulehost/rules\\fR\nThe rule pack.\n"
            ".TP\n\\fI/var/lib/rulehost\\fR\nThe spool, snapshots and local databases of the service.\n"
            ".SH SEE ALSO\n"
            "\\fBrulehost.yaml\\fR(5).\n"
            "The language of the rules is described in \\fI/usr/share/doc/rulehost/docs/rules.md\\fR.\n";
    return page.str();
}

std::string configuration_page(std::string_view settings, std::string const& date, std::string const& version) {
    std::ostringstream page;
    page << ".TH RULEHOST.YAML 5 " << date << " \"rulehost " << version << "\"\n"
         << ".SH NAME\nrulehost.yaml \\- configuration of the rulehost service\n"
         << ".SH DESCRIPTION\n";
    settings_writer writer(page);
    for (std::size_t begin = 0; begin < settings.size();) {
        auto const end = std::min(settings.find('\n', begin), settings.size());
        writer.add(settings.substr(begin, end - begin));
        begin = end + 1;
    }
    writer.finish();
    page << ".SH FILES\n\\fI/etc/rulehost/rulehost.yaml\\fR\n"
            ".SH SEE ALSO\n\\fBrulehost\\fR(1).\n"
            "Inputs and adapters are described in \\fI/usr/share/doc/rulehost/docs/inputs.md\\fR and "
            "\\fIevents.md\\fR.\n";
    return page.str();
}

} // namespace rulehost::cli

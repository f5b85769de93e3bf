#include "shell/text/letters.hpp"
#include "shell/text/paths.hpp"
#include "shell/walk/walker.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace rulehost::shell {

namespace {

constexpr std::string_view readers[]{"open",     "fopen",       "readFile", "readFileSync", "file_get_contents",
                                     "readfile", "file",        "read",     "readlines",    "createReadStream",
                                     "slurp",    "ReadAllText", "include",  "require",      "getline"};
constexpr std::string_view writers[]{"file_put_contents", "writeFile",    "writeFileSync", "createWriteStream",
                                     "copy_stream",       "urlretrieve",  "Out-File",      "OutFile",
                                     "appendFileSync",    "WriteAllText", "write",         "Set-Content",
                                     "getstore"};
constexpr std::string_view sockets[]{"fsockopen",
                                     "pfsockopen",
                                     "stream_socket_client",
                                     "TCPSocket",
                                     "UDPSocket",
                                     "connect",
                                     "create_connection",
                                     "createConnection",
                                     "socket",
                                     "PeerAddr",
                                     "PeerHost",
                                     "Dial",
                                     "TCPClient",
                                     "Socket",
                                     "tcp",
                                     "INET",
                                     "open_tcp"};
constexpr std::string_view schemes[]{"http://", "https://", "ftp://", "tftp://", "ws://", "tcp://"};
constexpr std::string_view uploads[]{
    "POST", "PUT", ".post", ".put", "upload", "Upload", "createReadStream", "post_file", "CURLOPT_POST"};

bool is_one_of(std::string_view name, std::span<std::string_view const> names) {
    return std::ranges::find(names, name) != names.end();
}

bool is_host(std::string_view text) {
    return !text.empty() && text.size() < 256 && text.find_first_of("/ \t\n()<>") == std::string_view::npos &&
        (text.find('.') != std::string_view::npos || text == "localhost" || text.find(':') != std::string_view::npos);
}

bool is_path(std::string_view text) {
    return !text.empty() && text.size() < 1024 && text.find_first_of("\n(){};|&*") == std::string_view::npos;
}

bool is_mode(std::string_view text) {
    return !text.empty() && text.size() < 4 && text.find_first_not_of("rwabt+x") == std::string_view::npos;
}

/// Names, strings and numbers of a program text, one after the other.
class code_reader {
public:
    enum class kind { end, name, text, number };
    struct token {
        kind what = kind::end;
        std::string_view text;
        char before = '\0'; ///< the last byte in front that is no blank
    };

    explicit code_reader(std::string_view code) : code_(code) {}

    token next() {
        char before = '\0';
        for (; at_ < code_.size(); ++at_) {
            auto const c = code_[at_];
            if (c == '"' || c == '\'')
                return literal(c, before);
            if (is(c, letter_name)) {
                auto const start = at_;
                while (at_ < code_.size() &&
                       (is(code_[at_], letter_name) || (code_[at_] == '-' && !is(c, letter_digit))))
                    ++at_;
                return {is(c, letter_digit) ? kind::number : kind::name, code_.substr(start, at_ - start), before};
            }
            if (!is_blank(c))
                before = c;
        }
        return {};
    }

private:
    token literal(char quote, char before) {
        auto const start = ++at_;
        while (at_ < code_.size() && code_[at_] != quote)
            at_ += code_[at_] == '\\' ? 2 : 1;
        auto const end = std::min(at_, code_.size());
        at_ = std::min(end + 1, code_.size());
        return {kind::text, code_.substr(start, end - start), before};
    }

    std::string_view code_;
    std::size_t at_ = 0;
};

} // namespace

/// The files and remote ends that a program text names in strings: `open("f", "w")`, `urlopen("http://h/x")`,
/// `TCPSocket.new("h", 1)`, `"/inet/tcp/0/h/1"`.
void walker::add_code_effects(std::string_view code) {
    constexpr std::size_t max_found = 32;
    if (code.size() > 16 * 1024 || !budget_.spend(4 * code.size()))
        return;
    bool const sends =
        std::ranges::any_of(uploads, [&](auto each) { return code.find(each) != std::string_view::npos; });
    auto const connect = [&](std::string_view host, std::string_view port) {
        push_effect(effect_kind::connects, remote_end(host, port, *arena_), false);
    };
    auto const write = [&](std::string_view path, bool appends) {
        push_effect(effect_kind::writes, path, true);
        push_effect(appends ? effect_kind::appends : effect_kind::empties, path, true);
    };
    code_reader tokens(code);
    std::string_view name;
    std::string_view number;
    std::string_view host;   // of a socket whose port is still to come
    std::string_view opened; // by a reader whose mode is still to come
    auto const close = [&] {
        if (!opened.empty())
            push_effect(effect_kind::reads, opened, true);
        opened = {};
    };
    std::size_t found = 0;
    for (auto it = tokens.next(); it.what != code_reader::kind::end && found < max_found; it = tokens.next()) {
        if (it.what == code_reader::kind::name) {
            close();
            // A class and its method, `TCPSocket.new`, count as the class.
            if (it.text != "new" && it.text != "Proto" && it.text != "get" && it.before != '$')
                name = it.text;
            if (!host.empty() && is_one_of(name, readers))
                host = {};
            continue;
        }
        if (it.what == code_reader::kind::number) {
            number = it.text;
            if (!host.empty()) {
                connect(host, number);
                host = {};
            }
            continue;
        }
        ++found;
        auto text = it.text;
        if (std::ranges::any_of(schemes, [&](auto each) { return text.starts_with(each); })) {
            if (!text.starts_with("tcp"))
                push_effect(sends ? effect_kind::sends : effect_kind::fetches, text, false);
            connect(text, "80");
        } else if (text.starts_with("/inet/")) {
            // /inet/PROTOCOL/LOCAL PORT/HOST/PORT
            auto const remote = text.substr(
                std::min(text.find('/', std::min(text.find('/', 6), text.size() - 1) + 1), text.size() - 1) + 1);
            auto const slash = remote.find('/');
            if (slash != std::string_view::npos && remote.substr(0, slash) != "0")
                connect(remote.substr(0, slash), remote.substr(slash + 1));
        } else if (!opened.empty() && is_mode(text)) {
            if (text.find_first_of("wax+") == std::string_view::npos)
                close();
            else
                write(std::exchange(opened, {}), text.front() == 'a');
        } else if (is_one_of(name, sockets) && is_host(text)) {
            if (text.find(':') != std::string_view::npos)
                connect(text, {});
            else if (!number.empty())
                connect(text, number);
            else
                host = text;
        } else if (it.before == '>' || text.starts_with('>')) {
            auto const path = text.substr(std::min(text.find_first_not_of("> "), text.size()));
            if (is_path(path))
                write(path, text.starts_with(">>"));
        } else if (is_one_of(name, writers) && is_path(text)) {
            write(text, false);
            name = {};
        } else if (is_one_of(name, readers) && is_path(text)) {
            close();
            opened = text;
        }
    }
    close();
}

} // namespace rulehost::shell

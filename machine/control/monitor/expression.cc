#include "machine/control/monitor/expression.h"

#include <fmt/format.h>

#include <cctype>
#include <charconv>

namespace vireo {
namespace {

// As many parentheses and signs as nobody types: each costs a call.
constexpr unsigned kMaxDepth = 64;

struct Operator {
  char sign;
  unsigned precedence;
};
constexpr Operator kOperators[] = {{'|', 1}, {'^', 2}, {'&', 3}, {'+', 4},
                                   {'-', 4}, {'*', 5}, {'/', 5}, {'%', 5}};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

class Parser {
 public:
  Parser(std::string_view text, const RegisterLookup& lookup) : rest_(text), lookup_(lookup) {}

  Result<uint64_t> run() {
    auto value = binary(1);
    if (value && peek() != 0) return Error{fmt::format("'{}' was not expected", rest_)};
    return value;
  }

 private:
  char peek() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) {
      rest_.remove_prefix(1);
    }
    return rest_.empty() ? 0 : rest_.front();
  }

  // The operator that comes next, if it binds as tightly as `least`.
  const Operator* next_operator(unsigned least) {
    const char sign = peek();
    for (const Operator& known : kOperators) {
      if (known.sign == sign && known.precedence >= least) return &known;
    }
    return nullptr;
  }

  Result<uint64_t> binary(unsigned least) {
    auto left = unary();
    while (left) {
      const Operator* op = next_operator(least);
      if (op == nullptr) break;
      rest_.remove_prefix(1);
      const auto right = binary(op->precedence + 1);
      if (!right) return right;
      left = apply(op->sign, *left, *right);
    }
    return left;
  }

  static Result<uint64_t> apply(char sign, uint64_t left, uint64_t right) {
    switch (sign) {
      case '|':
        return left | right;
      case '^':
        return left ^ right;
      case '&':
        return left & right;
      case '+':
        return left + right;
      case '-':
        return left - right;
      case '*':
        return left * right;
      default:
        break;
    }
    if (right == 0) return Error{"division by zero"};
    return sign == '/' ? left / right : left % right;
  }

  Result<uint64_t> unary() {
    if (++depth_ > kMaxDepth) return Error{"the expression is nested too deeply"};
    auto value = operand();
    --depth_;
    return value;
  }

  Result<uint64_t> operand() {
    const char first = peek();
    if (first == 0) return Error{"a number is missing"};
    if (first == '(' || first == '-' || first == '+' || first == '~') {
      rest_.remove_prefix(1);
      return first == '(' ? parenthesised() : signed_operand(first);
    }
    if (first == '\'') return character();
    if (first == '$') return named_register();
    return number();
  }

  Result<uint64_t> signed_operand(char sign) {
    auto value = unary();
    if (!value || sign == '+') return value;
    return sign == '-' ? 0 - *value : ~*value;
  }

  Result<uint64_t> parenthesised() {
    auto value = binary(1);
    if (!value) return value;
    if (peek() != ')') return Error{"')' is missing"};
    rest_.remove_prefix(1);
    return value;
  }

  Result<uint64_t> character() {
    if (rest_.size() < 3 || rest_[2] != '\'') return Error{"a character is written as 'c'"};
    const auto value = static_cast<uint8_t>(rest_[1]);
    rest_.remove_prefix(3);
    return uint64_t{value};
  }

  std::string_view word(char also = '_') {
    size_t end = 0;
    while (end < rest_.size() && (is_word(rest_[end]) || rest_[end] == also)) ++end;
    const std::string_view text = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return text;
  }

  Result<uint64_t> named_register() {
    rest_.remove_prefix(1);
    const std::string_view name = word('.');
    const auto value = lookup_(name);
    if (!value) return Error{fmt::format("there is no register '${}'", name)};
    return *value;
  }

  Result<uint64_t> number() {
    const std::string_view all = word();
    std::string_view digits = all;
    int base = 10;
    const std::string_view prefix = all.substr(0, 2);
    if (prefix == "0x" || prefix == "0X") base = 16;
    if (prefix == "0b" || prefix == "0B") base = 2;
    if (base != 10) digits.remove_prefix(2);
    uint64_t value = 0;
    const auto [end, bad] = std::from_chars(digits.begin(), digits.end(), value, base);
    if (bad != std::errc{} || end != digits.end() || digits.empty()) {
      return Error{fmt::format("'{}' is no number", all.empty() ? rest_.substr(0, 1) : all)};
    }
    return value;
  }

  std::string_view rest_;
  const RegisterLookup& lookup_;
  unsigned depth_ = 0;
};

}  // namespace

Result<uint64_t> evaluate(std::string_view text, const RegisterLookup& lookup) {
  return Parser(text, lookup).run();
}

}  // namespace vireo

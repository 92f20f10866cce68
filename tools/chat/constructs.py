"""Single constructs of Jinja, as chat templates use them. They are given a system message and three turns."""

# One a line.
SHORT = r"""
{{ messages|length }}
{{ messages.length }}
{{ messages.constructor }}
{{ messages[0].constructor }}
{{ messages[0].__class__ }}
{{ messages[0]['role'] }}
{{ messages[0].role }}
{{ messages[0].nothing }}
{{ messages[0]['nothing'] }}
{{ messages[0].nothing.more }}
{{ messages[9] }}
{{ messages[9].role }}
{{ messages[-1].content }}
{{ messages[-1]['role'] }}
{{ nothing }}
{{ nothing.more }}
{{ nothing['more'] }}
{{ nothing() }}
{{ nothing + 'x' }}
{{ 'x' + nothing }}
{{ 'x' ~ nothing }}
{{ nothing ~ none }}
{{ nothing|length }}
{{ nothing|trim }}
{{ nothing|upper }}
{{ nothing|join(',') }}
{{ nothing|list }}
{{ nothing == none }}
{{ nothing is none }}
{{ nothing is string }}
{{ nothing is iterable }}
{{ nothing is mapping }}
{{ 'a' in nothing }}
{% for x in nothing %}x{% else %}empty{% endfor %}
{% if nothing %}yes{% else %}no{% endif %}
{{ none }}
{{ none|trim }}
{{ none|length }}
{{ none ~ 'x' }}
{{ none + 'x' }}
{{ none|string }}
{{ true }}
{{ True }}
{{ false }}
{{ None }}
{{ true + 1 }}
{{ true + true }}
{{ true == 1 }}
{{ false == 0 }}
{{ true|int }}
{{ 1 }}
{{ 1.0 }}
{{ 1.5 }}
{{ 1e3 }}
{{ 0.1 + 0.2 }}
{{ 1e22 }}
{{ 1e-7 }}
{{ 1e16 }}
{{ 123456789.123 }}
{{ 7 / 2 }}
{{ 8 / 2 }}
{{ 7 // 2 }}
{{ -7 // 2 }}
{{ 7 % 3 }}
{{ -7 % 3 }}
{{ 2 ** 10 }}
{{ 2 ** -1 }}
{{ 2 ** 100 }}
{{ -2 ** 2 }}
{{ 1 / 0 }}
{{ 9223372036854775807 + 1 }}
{{ 123456789012345678901234567890 }}
{{ 1_000 }}
{{ 0x1f }}
{{ 1 + 2 * 3 - 4 }}
{{ (1 + 2) * 3 }}
{{ 1 < 2 < 3 }}
{{ 1 < 2 > 3 }}
{{ 1 == 1.0 }}
{{ 'a' < 'b' }}
{{ 'a' < 1 }}
{{ [1, 2] < [1, 3] }}
{{ [1, 2] == [1, 2] }}
{{ {'a': 1} == {'a': 1} }}
{{ 'a' == 1 }}
{{ '1' == 1 }}
{{ 'a' != 'b' }}
{{ 'a' + 'b' }}
{{ 'a' ~ 'b' ~ 1 ~ 1.0 ~ true ~ none }}
{{ 'a' + 1 }}
{{ 1 + 'a' }}
{{ 'ab' * 3 }}
{{ 3 * 'ab' }}
{{ [1] * 3 }}
{{ [1] + [2] }}
{{ messages + messages }}
{{ (messages + messages)|length }}
{{ messages }}
{{ messages[0] }}
{{ messages[1:3] }}
{{ messages[:-1]|length }}
{{ messages[::-1][0].content }}
{{ messages[::2]|length }}
{{ messages[1:]|map(attribute='role')|join(' ') }}
{{ 'hello'[1:3] }}
{{ 'hello'[-3:] }}
{{ 'hello'[::-1] }}
{{ 'hello'[0] }}
{{ 'hello'[9] }}
{{ 'hello'[:99] }}
{{ 'größe'[2:4] }}
{{ ['a', 'b'] }}
{{ ('a', 'b') }}
{{ ('a',) }}
{{ () }}
{{ [] }}
{{ {} }}
{{ {'a': 1, 'b': [1, none, true], 'c': {'d': 'it\'s'}} }}
{{ {'z': 1, 'a': 2} }}
{{ {'a': 1}.a }}
{{ {'a': 1}['a'] }}
{{ {'a': 1}['b'] }}
{{ {1: 'x'}[1] }}
{{ [[1, 2], [3]] }}
{{ ['it\'s', "say \"hi\"", 'both \' and "'] }}
{{ ['tab\t', 'line\n', 'back\\', 'ü', '\x07'] }}
{{ 'it\'s' }}
{{ "a\tb\nc\\d" }}
{{ "\u00fc\x41" }}
{{ "a" "b" }}
{{ '}}' }}
{{ '%}' }}
{{ '{{' }}
{{ '{%' }}
{{ "{#" }}
{{ '{{ x }}' ~ "}}" }}
{{ 'a'.upper() }}
{{ 'Ab'.lower() }}
{{ 'ab cd'.title() }}
{{ "it's o'clock".title() }}
{{ 'ab CD'.capitalize() }}
{{ '  a '.strip() }}|
{{ '  a '.lstrip() }}|
{{ '  a '.rstrip() }}|
{{ 'xxaxx'.strip('x') }}
{{ 'abcab'.strip('ab') }}
{{ '\n\na\n'.lstrip('\n') }}|
{{ 'a,b,c'.split(',') }}
{{ 'a,b,c'.split(',', 1) }}
{{ ' a  b '.split() }}
{{ 'a,b,c'.split(',')[-1] }}
{{ 'a,b,c'.rsplit(',', 1) }}
{{ 'a\nb\n'.splitlines() }}
{{ 'aXbXc'.replace('X', '-') }}
{{ 'aXbXc'.replace('X', '-', 1) }}
{{ 'abc'.startswith('ab') }}
{{ 'abc'.startswith(('x', 'a')) }}
{{ 'abc'.endswith('bc') }}
{{ 'abcabc'.find('c') }}
{{ 'abcabc'.rfind('c') }}
{{ 'abcabc'.find('z') }}
{{ 'abcabc'.index('c') }}
{{ 'abcabc'.count('c') }}
{{ 'a-b'.partition('-') }}
{{ 'ab'.partition('-') }}
{{ 'a-b-c'.rpartition('-') }}
{{ 'abc'.removeprefix('a') }}
{{ 'abc'.removesuffix('c') }}
{{ ', '.join(['a', 'b']) }}
{{ ''.join(messages|map(attribute='role')) }}
{{ 'abc'.isalpha() }} {{ '12'.isdigit() }} {{ 'a1'.isalnum() }} {{ ' '.isspace() }}
{{ 'abc'.isupper() }} {{ 'abc'.islower() }}
{{ '{} and {}'.format('a', 1) }}
{{ '{0}{1}{0}'.format('a', 'b') }}
{{ '{:>5}|{:<5}|{:^5}|'.format('a', 'b', 'c') }}
{{ '{:.2f}'.format(3.14159) }}
{{ '%s is %d'|format('a', 3) }}
{{ '%s' % 'a' }}
{{ '7'.zfill(3) }}
{{ 'a'.center(5) }}|
{{ 'a'.ljust(3) }}|
{{ 'abc'.encode() }}
{{ 'aBc'.swapcase() }}
{{ 'a'.nothing() }}
{{ [1, 2].append(3) }}
{{ [3, 1, 2].index(1) }}
{{ [1, 2, 1].count(1) }}
{{ {'a': 1}.get('a') }} {{ {'a': 1}.get('b') }} {{ {'a': 1}.get('b', 2) }}
{{ {'a': 1, 'b': 2}.keys()|list }} {{ {'a': 1, 'b': 2}.values()|list }}
{{ {'a': 1, 'b': 2}.items()|list }}
{% for k, v in {'b': 1, 'a': 2}.items() %}{{ k }}={{ v }};{% endfor %}
{% for k, v in {'b': 1, 'a': 2}|items %}{{ k }}={{ v }};{% endfor %}
{% for k, v in {'b': 1, 'a': 2}|dictsort %}{{ k }}={{ v }};{% endfor %}
{% for k in {'b': 1, 'a': 2} %}{{ k }}{% endfor %}
{{ messages[0].items()|list }}
{{ messages[0].get('content') }}
{{ 'role' in messages[0] }} {{ 'x' in messages[0] }} {{ 'x' not in messages[0] }}
{{ 'a' in 'abc' }} {{ 'z' in 'abc' }} {{ 1 in [1, 2] }} {{ 3 not in [1, 2] }}
{{ 1 in 'abc' }}
{{ '' in 'abc' }}
{{ messages[0] in messages }}
{{ ' a '|trim }}|
{{ 'xax'|trim('x') }}
{{ 'a b'|upper }} {{ 'A'|lower }} {{ 'ab cd'|title }} {{ 'ab CD'|capitalize }}
{{ [1, 2, 3]|join }} {{ [1, 2, 3]|join('-') }} {{ messages|join(',', attribute='role') }}
{{ [none, true, 1.0]|join(',') }}
{{ 'abc'|join('-') }}
{{ 'abc'|length }} {{ 'grün'|length }} {{ {'a': 1}|length }} {{ 'abc'|count }}
{{ 5|length }}
{{ [1, 2, 3]|first }} {{ [1, 2, 3]|last }} {{ []|first }}
{{ messages|first }}
{{ (messages|last).role }}
{{ 'abc'|first }} {{ 'abc'|last }}
{{ [3, 1, 2]|sort }} {{ [3, 1, 2]|sort(reverse=true) }} {{ ['b', 'A', 'a']|sort }}
{{ messages|sort(attribute='role')|map(attribute='role')|list }}
{{ [1, 2, 3]|reverse|list }} {{ 'abc'|reverse }}
{{ [1, 1, 2]|unique|list }}
{{ [1, 2, 3]|sum }} {{ [1, 2]|max }} {{ [1, 2]|min }}
{{ 'a'|default('b') }} {{ nothing|default('b') }} {{ ''|default('b', true) }} {{ none|default('b') }} {{ x|d('c') }}
{{ nothing|default }}
{{ '3'|int }} {{ 'x'|int }} {{ 'x'|int(7) }} {{ 3.9|int }} {{ '3.7'|int }} {{ '3'|float }}
{{ 3.14159|round(2) }} {{ 2.5|round }} {{ 3.5|round|int }} {{ 2.7|round(0, 'floor') }}
{{ -3|abs }}
{{ 5|string + 'x' }} {{ true|string }} {{ [1]|string }}
{{ 'a,b'|replace(',', ';') }} {{ 'aaa'|replace('a', 'b', 2) }}
{{ '<a> & "b"'|e }}
{{ '<a>'|safe }}
{{ 'a'|list }} {{ {'a': 1}|list }} {{ range(3)|list }}
{{ range(1, 7, 2)|list }} {{ range(3, 0, -1)|list }}
{{ range(3) }}
{{ messages|map(attribute='role')|list }}
{{ messages|map('length')|list }}
{{ ['a', 'b']|map('upper')|list }}
{{ messages|map(attribute='x', default='-')|join }}
{{ messages|map(attribute='role') is iterable }}
{{ messages|selectattr('role', 'equalto', 'user')|list|length }}
{{ messages|selectattr('role', 'eq', 'user')|map(attribute='content')|list }}
{{ messages|selectattr('tool_calls')|list }}
{{ messages|rejectattr('role', 'in', ['system', 'user'])|map(attribute='role')|list }}
{{ messages|selectattr('role', 'defined')|list|length }}
{{ [1, 2, 3, 4]|select('even')|list }} {{ [1, 2, 3]|reject('odd')|list }}
{{ [0, 1, '', 'a']|select|list }}
{{ messages|groupby('role')|map('first')|list }}
{% for role, group in messages|groupby('role') %}{{ role }}{{ group|length }};{% endfor %}
{{ [1, 2, 3, 4, 5]|batch(2)|list }} {{ [1, 2, 3, 4, 5]|slice(2)|list }}
{{ 'a\nb'|indent }}|{{ 'a\nb'|indent(2, true) }}
{{ 'a\n\nb'|indent(2) }}
{{ 'one two three'|wordcount }}
{{ 'a long text of words'|truncate(9) }}
{{ 'a'|center(5) }}|
{{ 'a <b>c</b>'|striptags }}
{{ 'a b&c'|urlencode }}
{{ {'a': 1}|tojson }} {{ [1, none, true, 1.5, 'x']|tojson }}
{{ {'a': {'b': [1, 2], 'c': []}, 'd': {}}|tojson(indent=2) }}
{{ {'a': 1, 'b': [1, 2]}|tojson(separators=(',', ':')) }}
{{ {'b': 1, 'a': 2}|tojson(sort_keys=true) }}
{{ 'ü € 😀 <&\'"/>'|tojson }}
{{ 'ü € 😀'|tojson(ensure_ascii=true) }}
{{ 'a\tb\nc\\d\x07\x7f'|tojson }}
{{ (1, 2)|tojson }} {{ {1: 2, true: 3, none: 4}|tojson }}
{{ 1e22|tojson }} {{ 1e-7|tojson }} {{ 2.0|tojson }} {{ 0.1|tojson }}
{{ nothing|tojson }}
{{ messages|tojson }}
{{ range(3)|tojson }}
{{ {'a': 1, 'b': 2}.items()|tojson }}
{{ {'a': 1}.keys()|tojson }}
{{ [1]|map('string')|tojson }}
{{ {'a': 1}|pprint }}
{{ 'a'|nothing }}
{{ 'a' is nothing }}
{{ 'a' is string }} {{ 1 is string }} {{ 1 is number }} {{ 'a' is number }} {{ true is number }}
{{ 1 is integer }} {{ 1.0 is integer }} {{ 1.0 is float }} {{ true is integer }}
{{ true is boolean }} {{ 1 is boolean }} {{ true is true }} {{ 1 is true }} {{ false is false }}
{{ {} is mapping }} {{ [] is mapping }} {{ messages[0] is mapping }}
{{ [] is sequence }} {{ 'a' is sequence }} {{ {} is sequence }} {{ 1 is sequence }}
{{ [] is iterable }} {{ 'a' is iterable }} {{ {} is iterable }} {{ 1 is iterable }} {{ none is iterable }}
{{ x is defined }} {{ messages is defined }} {{ messages[0].x is defined }} {{ x is undefined }} {{ tools is defined }}
{{ none is none }} {{ tools is none }} {{ documents is none }} {{ '' is none }} {{ tools is not none }}
{{ 2 is even }} {{ 3 is odd }} {{ 6 is divisibleby 3 }} {{ 6 is divisibleby(4) }}
{{ 1 is eq 1 }} {{ 1 is equalto(2) }} {{ 2 is gt 1 }} {{ 1 is in [1, 2] }} {{ 1 is ne 2 }}
{{ 'a' is lower }} {{ 'A' is upper }} {{ none is sameas none }}
{{ range is callable }} {{ 'a' is callable }}
{{ 'a' is not string }} {{ not 'a' is string }}
{{ 'a' if true else 'b' }} {{ 'a' if false else 'b' }} {{ 'a' if false }}|
{{ 'a' if false else 'b' if false else 'c' }}
{{ ('a' if x is defined else 'b') ~ 'c' }}
{{ 'a' or 'b' }} {{ '' or 'b' }} {{ 'a' and 'b' }} {{ '' and 'b' }}|{{ none or 0 }} {{ not '' }} {{ not 'a' }}
{{ [] or {} or 0 or none or 'last' }}
{{ not true and false }} {{ not (true and false) }} {{ true or x.y.z }}
{{ 1 if [] else 2 }} {{ 1 if {} else 2 }} {{ 1 if 0.0 else 2 }} {{ 1 if '0' else 2 }} {{ 1 if none else 2 }}
{% if true %}a{% elif true %}b{% else %}c{% endif %}
{% if false %}a{% elif true %}b{% else %}c{% endif %}
{% if false %}a{% elif false %}b{% else %}c{% endif %}
{% if not false %}a{% endif %}
{% if messages[0].role == 'system' and messages|length > 1 %}a{% endif %}
{% if 'x' in messages[0].content or messages[0].content.startswith('Be') %}a{% endif %}
{% for m in messages %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.revindex }}{{ loop.revindex0 }};{% endfor %}
{% for m in messages %}{{ loop.previtem.role }}<{{ m.role }}>{{ loop.nextitem.role if loop.nextitem is defined }};{% endfor %}
{% for m in messages %}{% if loop.previtem is defined and loop.previtem.role == m.role %}same{% endif %}{{ m.role }};{% endfor %}
{% for m in messages[1:] %}{{ loop.previtem is defined }}{% endfor %}
{% for m in messages[1:] %}{{ (loop.previtem or {}).role }}{% endfor %}
{% for m in messages %}{{ loop.cycle('a', 'b') }}{% endfor %}
{% for m in messages %}{{ loop.changed(m.role) }}{% endfor %}
{% for m in messages %}{{ loop.depth }}{{ loop.depth0 }}{% endfor %}
{% for m in messages if m.role == 'user' %}{{ loop.index }}{{ loop.length }}{{ m.content }}{% endfor %}
{% for m in messages if m.role == 'x' %}a{% else %}none{% endfor %}
{% for m in messages %}{% for n in messages %}{% if loop.first %}{{ m.role[0] }}{{ n.role[0] }}{% endif %}{% endfor %}{% endfor %}
{% for m in messages %}{% set outer = loop %}{% for n in [1, 2] %}{{ outer.index }}{{ loop.index }} {% endfor %}{% endfor %}
{% for m in messages %}{% if m.role == 'user' %}{% continue %}{% endif %}{{ m.role }}{% endfor %}
{% for m in messages %}{% if loop.index == 3 %}{% break %}{% endif %}{{ m.role }}{% endfor %}
{% for a, b in [[1, 2], [3, 4]] %}{{ a }}{{ b }};{% endfor %}
{% for a, b in [[1, 2, 3]] %}{{ a }}{% endfor %}
{% for (a, b), c in [[[1, 2], 3]] %}{{ a }}{{ b }}{{ c }}{% endfor %}
{% for x in 'abc' %}{{ x }}-{% endfor %}
{% for x in 5 %}{{ x }}{% endfor %}
{% for x in none %}{{ x }}{% endfor %}
{% for x in range(3) %}{{ x }}{% endfor %}
{% for x in [1, [2, [3]]] recursive %}{% if x is iterable %}({{ loop(x) }}){% else %}{{ x }}{% endif %}{% endfor %}
{% for m in messages|reverse %}{{ m.role }} {% endfor %}
{% set x = 1 %}{{ x }}
{% set x = 1 %}{% set x = x + 1 %}{{ x }}
{% set a, b = 1, 2 %}{{ a }}{{ b }}
{% set x %}a{{ 1 }}b{% endset %}{{ x }}{{ x|length }}
{% set x | upper %}ab{% endset %}{{ x }}
{% set x = 1 %}{% if true %}{% set x = 2 %}{% endif %}{{ x }}
{% set x = 1 %}{% for m in messages %}{% set x = x + 1 %}{% endfor %}{{ x }}
{% for m in messages %}{% set y = 1 %}{% endfor %}{{ y is defined }}
{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}
{% set ns = namespace() %}{% set ns.a = [] %}{% for m in messages %}{% set ns.a = ns.a + [m.role] %}{% endfor %}{{ ns.a }}
{% set ns = namespace(a=1, b='x') %}{{ ns.a }}{{ ns.b }}{{ ns.c }}|
{% set ns = namespace({'a': 1}) %}{{ ns.a }}
{% set d = dict(a=1, b=2) %}{{ d }}
{% set d = {'a': 1} %}{% set d = dict(d, b=2) %}{{ d }}
{% set messages = messages[1:] %}{{ messages|length }}
{% set x = messages[0] %}{{ x.role }}
{% set x.y = 1 %}
{% set x = [1, 2] %}{% set _ = x.append(3) %}{{ x }}
{% do messages %}
{% with x = 1 %}{{ x }}{% endwith %}{{ x is defined }}
{% with %}{% set x = 1 %}{% endwith %}{{ x is defined }}
{% macro m(a, b='x') %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}{{ m(1, 2) }}{{ m(b=3, a=4) }}
{% macro m(a) %}[{{ a }}]{% endmacro %}{{ m() }}{{ m('x')|upper }}
{% macro m() %}{{ caller() }}!{% endmacro %}{% call m() %}hi{% endcall %}
{% macro m() %}{{ varargs|join }}{{ kwargs.x }}{% endmacro %}{{ m(1, 2, x=3) }}
{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}
{% macro m() %}{{ messages|length }}{% endmacro %}{{ m() }}
{% set x = 'out' %}{% macro m() %}{{ x }}{% endmacro %}{% set x = 'in' %}{{ m() }}
{% filter upper %}ab{{ 'c' }}{% endfilter %}
{% raw %}{{ x }}{% y %}{% endraw %}
{# a comment #}x{#- and -#} y
{# {{ x }} {% if %} #}z
{% generation %}a{{ 1 }}{% endgeneration %}b
{%- generation -%} a {%- endgeneration -%} b
{% generation %}{% set x = 1 %}{{ x }}{% endgeneration %}{{ x is defined }}
{% for m in messages %}{% generation %}{{ m.role }}{{ loop.index }}{% endgeneration %}{% endfor %}
{{ 'generation' }}{% set generation = 1 %}{{ generation }}
{{ raise_exception('no system role') }}
{{ raise_exception('no ' ~ messages[0].role) }}
{% if false %}{{ raise_exception('x') }}{% endif %}ok
{{ strftime_now('%d %b %Y') }}
{{ strftime_now('%Y-%m-%d %H:%M:%S %A %a %B %b %j %I %p %y %%') }}
{{ strftime_now is defined }} {{ raise_exception is defined }} {{ namespace is defined }}
{{ bos_token }}{{ eos_token }}{{ add_generation_prompt }}
{{ bos_token + 'x' + eos_token }}
{{ unk_token }}
{{ 'a' 'b' }
{{ 'a' }
{{ 1 + }}
{{ }}
{% if %}x{% endif %}
{% endfor %}
{% for x %}{% endfor %}
{% nothing %}
{% include 'x' %}
{% extends 'x' %}
{% import 'x' as y %}
{% block a %}b{% endblock %}
{% autoescape true %}{{ '<' }}{% endautoescape %}
{{ 'a
{{ 'a' | }}
{{ (1 }}
{{ [1 }}
{{ {'a' }}
{{ loop }}
{{ self }}
{{ lipsum is defined }}
{{ cycler('a', 'b').next() }}
{% set j = joiner(',') %}{{ j() }}a{{ j() }}b
{{ debug is defined }}
{{ messages|random is defined }}
{{ {'a': 1}|attr('a') }}
{{ messages[0]|items|list }}
{{ 'a;b'|split(';') }}
{{ 'äöü'.upper() }} {{ 'ß'.upper() }}
{{ 'a\r\nb'|length }}
{{ '1,2'.split(',')|map('int')|sum }}
{{ messages[0]['content'].split()|length }}
{{ messages[0]['content'][:2] + '…' }}
{{ messages[2].content.split('</think>')[-1].lstrip('\n') }}
{{ (messages|map(attribute='role')|list)[0] }}
{{ messages|map(attribute='role')|unique|sort|join('/') }}
{{ [messages[0]] + messages[2:] == messages }}
{{ messages[0] == messages[0] }} {{ messages[0] != messages[1] }}
{{ {'a': 1, **{'b': 2}} }}
{{ [x for x in messages] }}
{{ lambda: 1 }}
{{ range(10)|list|length * 2 }}
{{ 10 is divisibleby 5 and 'x' }}
{{ messages.0.role }}
{{ messages[0]["role"]|upper ~ ':' ~ messages[0]["content"]|trim|length }}
{{- ' lead' }}
{{ "%.3f"|format(2) }} {{ "%05d"|format(42) }} {{ "%x"|format(255) }}
{{ 'abc'|string|list|join('.') }}
{{ 3|float }} {{ '1.50'|float }} {{ 1e2|int }}
{{ 10000000000000000 }} {{ 1.0e10 }} {{ 100000000000000000000.0 }}
{{ -0.0 }} {{ 1/3 }}
{{ [1, 2, 3][1] }} {{ [1, 2, 3][-1] }} {{ [1, 2, 3][1:] }}
{{ 'a' ~ [1, 'b'] ~ {'c': none} }}
{{ ['a', 'b']|tojson|length }}
{{ messages|selectattr('role', '==', 'user')|first }}
{{ (messages|selectattr('role', 'equalto', 'x')|first) is defined }}
{{ 'A' if messages|selectattr('role', 'equalto', 'tool')|list else 'B' }}
{{ messages is sequence and messages is not mapping and messages is not string }}
{{ messages[0].content is string }}
{{ 'x' * 0 }}|{{ 'x' * -1 }}|
{{ 1 is sameas true }}
{{ [1, 2]|last + [3]|first }}
"""

LONG = [
    "{{ 'a\\\nb' }}",
    "{% macro m(a) -%}\n  {{ a }}\n{%- endmacro %}<{{ m('x') }}>",
    "{% if true %}\na\n{% endif %}\nb",
    "  {% if true %}\n  a\n  {% endif %}\n  b",
    "{%- if true -%}\n  a\n{%- endif -%}\n  b",
    "{% if true -%}\n  a\n{% endif %}",
    "a {{- ' b ' -}} c",
    "a\n{{- 'b' }}\nc",
    "{{ 'a' }}\n{{ 'b' }}",
    "  {%+ if true %}x{% endif +%}\n\n  y",
    "{{ 'a' -}}\n\n  b",
    "a{% if true %}b{% endif %}\n   {# comment #}\nx",
    "a\n\t{% set x = 1 %}\nb",
    "{% for x in [1, 2] %}\n{{ x }}\n{% endfor %}",
    "{% for x in [1, 2] -%}\n{{ x }}\n{%- endfor %}\nend",
    "{% if true %}x\n{% endif %}",
    "{{ 1 }}\n",
    "{{ 1 }}\n\n",
    "a\r\n{% if true %}\r\nb{% endif %}\r\n",
    "",
]

CONSTRUCTS = SHORT.strip("\n").split("\n") + LONG

{% macro cents_to_euros(column) -%}
cast({{ column }} * 0.01 as decimal(18, 2))
{%- endmacro %}

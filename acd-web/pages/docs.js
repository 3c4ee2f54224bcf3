// What /openapi.json says, as a page.

const part = (id) => document.getElementById(id);
const said = await (await fetch("/openapi.json")).json();

/** An element with properties and children. */
function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** What a reference refers to. */
function found(schema) {
  const name = schema?.$ref?.split("/").pop();
  return name ? said.components.schemas[name] : schema;
}

/** A form in a few words. */
function form(given) {
  const schema = found(given) ?? {};
  if (schema.allOf) return schema.allOf.map(form).join(" and ");
  if (schema.enum) return schema.enum.join(" | ");
  if (schema.properties) return `{ ${Object.keys(schema.properties).join(", ")} }`;
  const type = [schema.type ?? "anything"].flat().join(" or ");
  const bounds = [
    schema.maxLength && `at most ${schema.maxLength} bytes`,
    schema.items && `of ${form(schema.items)}`,
    schema.default !== undefined && `${schema.default} when absent`,
  ];
  return [type, ...bounds.filter(Boolean)].join(", ");
}

function table(rows) {
  const row = ([name, ...cells]) =>
    make("tr", {}, make("th", { scope: "row", textContent: name }), ...cells.map((cell) => make("td", { textContent: cell })));
  return make("table", {}, make("tbody", {}, ...rows.map(row)));
}

function body(operation) {
  const content = Object.values(operation.requestBody?.content ?? {})[0];
  const schema = found(content?.schema);
  if (!schema?.properties) return [];
  const rows = Object.entries(schema.properties).map(([name, of]) =>
    [name, form(of), [schema.required?.includes(name) ? "required" : "", of.description ?? ""].filter(Boolean).join("; ")]);
  return [make("h3", { textContent: "Body" }), table(rows)];
}

function operation(method, path, of, shared) {
  const parameters = [...shared, ...(of.parameters ?? [])].map((one) => [one.name, one.in, one.description ?? form(one.schema)]);
  const answers = Object.entries(of.responses).map(([status, { description, content }]) =>
    [status, description, content ? form(Object.values(content)[0].schema) : ""]);
  const secrets = (of.security ?? []).flatMap(Object.keys);
  return make("section", {},
    make("h2", {}, make("span", { className: `method ${method}`, textContent: method.toUpperCase() }), path),
    make("p", { textContent: [of.summary, of.description].filter(Boolean).join(". ") }),
    ...(secrets.length ? [make("p", { textContent: `Shows: ${secrets.join(" or ")}` })] : []),
    ...(parameters.length ? [make("h3", { textContent: "Parameters" }), table(parameters)] : []),
    ...body(of),
    make("h3", { textContent: "Answers" }), table(answers));
}

part("title").textContent = said.info.title;
part("about").textContent = said.info.description;
for (const [path, { parameters = [], ...methods }] of Object.entries(said.paths)) {
  part("paths").append(...Object.entries(methods).map(([method, of]) => operation(method, path, of, parameters)));
}

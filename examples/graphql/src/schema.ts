import { GraphQLInt, GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString } from "graphql";

interface Author {
  id: number;
  name: string;
}

interface Book {
  title: string;
  year: number;
  authorId: number;
}

const authors: Author[] = [
  { id: 1, name: "Mary Shelley" },
  { id: 2, name: "Jules Verne" },
];
const books: Book[] = [
  { title: "Frankenstein", year: 1818, authorId: 1 },
  { title: "The Last Man", year: 1826, authorId: 1 },
  { title: "Around the World in Eighty Days", year: 1872, authorId: 2 },
];

const string = new GraphQLNonNull(GraphQLString);

const AuthorType: GraphQLObjectType<Author> = new GraphQLObjectType({
  name: "Author",
  fields: () => ({
    name: { type: string },
    books: { type: list(BookType), resolve: (author) => books.filter((book) => book.authorId === author.id) },
  }),
});

const BookType: GraphQLObjectType<Book> = new GraphQLObjectType({
  name: "Book",
  fields: () => ({
    title: { type: string },
    year: { type: new GraphQLNonNull(GraphQLInt) },
    author: { type: AuthorType, resolve: async (book) => authors.find((author) => author.id === book.authorId) },
  }),
});

function list(type: GraphQLObjectType) {
  return new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(type)));
}

export const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: "Query",
    fields: {
      books: {
        type: list(BookType),
        args: { before: { type: GraphQLInt } },
        resolve: (_, { before = Infinity }) => books.filter((book) => book.year < before),
      },
      author: {
        type: AuthorType,
        args: { name: { type: string } },
        resolve: (_, { name }) => authors.find((author) => author.name === name),
      },
    },
  }),
});
